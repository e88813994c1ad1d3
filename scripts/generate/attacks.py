"""The page of attacks: what is done to the house, when it counts as withstood, what proves that it would be seen."""

import json
from typing import Any, NamedTuple

from adapters.settings import ROOT
from scripts.generate.markdown import document, table

FIGURES = ROOT / "tests" / "chaos" / "FIGURES.jsonl"


class Attack(NamedTuple):
    """One attack. ``passes``: when it counts as withstood, in the long form; ``control``: the planted weakness that the
    same attack must find."""

    id: str
    what: str
    passes: str
    test: str
    control: str


#: Kept by hand, as the issue of proof has it.
ATTACKS = (
    Attack(
        "A1",
        "kill -9 of API, projector, worker, clock and single backends, and immediate stop of PostgreSQL, at random,"
        " under 8 clients",
        "1,000 kills, 100,000 acknowledgements: 0 lost, 0 doubled, 0 half-applied",
        "tests/chaos/test_a01_kills.py",
        "commits acknowledged before they are on disk",
    ),
    Attack(
        "A2",
        "connection cut right after COMMIT",
        "500 cuts: the caller always learns the true outcome",
        "tests/chaos/test_a02_lost_acknowledgements.py",
        "the stock recorder of eventsourcing",
    ),
    Attack(
        "A3",
        "readers against writers that pause and roll back, killed 30 times",
        "100,000 events: 0 skipped, doubled, disordered",
        "tests/chaos/test_a03_readers.py",
        "a reader that trusts positions",
    ),
    Attack(
        "A4",
        "64 clients for one slot: same, overlapping, adjacent, capacity k; book, confirm, reschedule mixed",
        "200 rounds: exactly k winners, no 5xx, no deadlock",
        "tests/chaos/test_a04_one_slot.py",
        "a store that looks whether a slot is free and takes it then",
    ),
    Attack(
        "A5",
        "50 bookings against a quota of 10; cancel and book racing",
        "100 rounds: exactly 10; used + remaining conserved",
        "tests/chaos/test_a05_quota.py",
        "a store that writes behind whoever was faster",
    ),
    Attack(
        "A6",
        "same idempotency key 20-fold; another body; cut in the middle",
        "one effect, one answer; 422",
        "tests/chaos/test_a06_same_key.py",
        "a store that does not remember commands",
    ),
    Attack(
        "A7",
        "a projector stopped (SIGSTOP) mid-batch while another takes over, then continued",
        "200 rounds: the zombie changes nothing",
        "tests/chaos/test_a07_zombies.py",
        "a projector that keeps its place without compare-and-swap",
    ),
    Attack(
        "A8",
        "poison events, also two in one stream, also inside a batch of 500",
        "stream parked, others go on, after mending equal to a rebuild; no personal data in the error",
        "tests/chaos/test_a08_poison.py",
        "a consumer that leaves out what it cannot digest",
    ),
    Attack(
        "A9",
        "rebuild under 200 commands/s, killed ten times; a wrong projector version",
        "equal; refused by the comparison; roll-back by one command",
        "tests/chaos/test_a09_rebuild.py",
        "a version of the projector that loses every seventh booking",
    ),
    Attack(
        "A10",
        "disk full, Valkey gone, Valkey emptied, clock leader killed between due and sent",
        "503 with Retry-After, nothing half-done; every due effect once",
        "tests/chaos/test_a10_outages.py",
        "effects written down as done before they are",
    ),
    Attack(
        "A11",
        "dump and restore, base backup, restore behind the outside notes",
        "consumers resume without skip; the restored-behind store refuses to serve until told",
        "tests/chaos/test_a11_restores.py",
        "bookmarks of a later moment than the log they point into",
    ),
    Attack(
        "A12",
        "mutated stored rows, every golden file",
        "100,000 rows: typed error, parked; never a crash, never an import by name",
        "tests/chaos/test_a12_mutations.py",
        "a reader that takes a topic for the name of a class, as the library does",
    ),
    Attack(
        "A13",
        "DST gaps and folds in six zones, leap day, clock stepped back an hour",
        "civil times hold; each job once per date",
        "tests/chaos/test_a13_time.py",
        "a book that takes a zone for an offset; a worker that goes by the wall",
    ),
    Attack(
        "A14",
        "state machines for appointment, subscription, invoice, record, session, key vault against simple models;"
        " replay against an independent fold",
        "2,000 runs of 50 steps: no divergence",
        "tests/properties/test_machines.py",
        "twelve wrong rules, each in one of the six",
    ),
)


def last_figures() -> dict[str, dict[str, Any]]:
    """Return the last line of each attack, one of the long form if there is any."""
    found: dict[str, dict[str, Any]] = {}
    for line in FIGURES.read_text().splitlines():
        facts = json.loads(line)
        before = found.get(facts["attack"])
        if before is None or facts["form"] == "long" or before["form"] == "short":
            found[facts["attack"]] = facts
    return found


def page() -> str:
    """Return the page, a row per attack."""
    figures = last_figures()
    rows = []
    for attack in ATTACKS:
        test = f"`{attack.test}`" if (ROOT / attack.test).exists() else "not yet"
        rows.append((attack.id, attack.what, attack.passes, test, attack.control or "not yet",
                     *_told(figures.get(attack.id))))  # fmt: skip
    introduction = (
        "What is done to running processes, and when it counts as withstood. Each attack also runs against its control,"
        " a planted weakness it must find, so that a pass means something. The short forms run with every"
        " `./scripts/test`, the long ones with `./scripts/test --long`; what the last run came to stands in"
        " `tests/chaos/FIGURES.jsonl`, with machine and versions."
    )
    head = ["attack", "what is done", "withstood when", "test", "control", "last run", "reached"]
    return document("Attacks", introduction, table(head, rows))


def _told(facts: dict[str, Any] | None) -> tuple[str, str]:
    if facts is None:
        return "not recorded", "—"
    said = ", ".join(f"{name.replace('_', ' ')} {_figure(figure)}" for name, figure in facts["figures"].items())
    return f"{facts['date']}, {facts['form']}: {said}", "yes" if facts["reached"] else "**missed**"


def _figure(figure: Any) -> str:
    return f"{figure:,}" if isinstance(figure, int) else str(figure)
