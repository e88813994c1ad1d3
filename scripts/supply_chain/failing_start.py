"""Whether a start that fails gives a secret away: every secret setting holds a canary, something is broken, and all
that is said, logged, answered or shown in the list of processes is searched for it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.settings import ROOT
from scripts.supply_chain import repository
from scripts.supply_chain.canaries import given_away
from scripts.supply_chain.outcome import Outcome, concluded
from scripts.supply_chain.serving import served
from scripts.supply_chain.trial import CARETRAIL, Trace, Trial, attempt

#: Commands over servers that are not there. Those that wait for them are ended after a while.
_WAITING = 6.0
_UNREACHABLE = [
    *(
        Trial(f"nobody listens: {' '.join(command)}", command)
        for command in (("up", "--port", "1"), ("api", "--port", "1"), ("migrate",), ("doctor",), ("audit", "verify"))
    ),
    *(Trial(f"nobody listens: {name}", (name,), seconds=_WAITING) for name in ("worker", "projector", "clock")),
]
#: A secret that stands where it makes its setting wrong; ``$NAME`` is the canary of that name.
_BROKEN = {
    "DATABASE_URL": (
        "mysql://someone:$DATABASE_URL@127.0.0.1/x",
        "postgresql://someone:$DATABASE_URL@127.0.0.1:port/x",
        "postgresql://someone:$DATABASE_URL@[::1/x",
        "postgresql://someone:$DATABASE_URL/rest@127.0.0.1:1/x",
        "postgresql://someone:rest@$DATABASE_URL@127.0.0.1:1/x",
        "postgresql://someone:$DATABASE_URL?rest@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?password=$DATABASE_URL&nonsense=1",
    ),
    "CARETRAIL_DATABASE_URL_APP": ("host=127.0.0.1 password=$CARETRAIL_DATABASE_URL_APP",),
    "REDIS_URL": (
        "http://:$REDIS_URL@127.0.0.1",
        "redis://:$REDIS_URL@127.0.0.1:port/0",
        "redis://:$REDIS_URL/rest@127.0.0.1:1/0",
        "redis://:1#$REDIS_URL@127.0.0.1:1/0",
    ),
    "CARETRAIL_TIMESTAMP_URL": ("ftp://someone:$CARETRAIL_TIMESTAMP_URL@127.0.0.1/",),
    "CARETRAIL_IDENTITY_PROVIDERS": (
        '{"own": "$CARETRAIL_IDENTITY_PROVIDERS',
        '{"own": {"kind": "$CARETRAIL_IDENTITY_PROVIDERS"}}',
        '{"own": {"client_id": "x", "client_secret": "$CARETRAIL_IDENTITY_PROVIDERS", "secret": "unknown"}}',
        '{"$CARETRAIL_IDENTITY_PROVIDERS !": {"client_id": "x"}}',
    ),
    "CARETRAIL_RATE_LIMITS": ('{"default.user": "$CARETRAIL_TOKEN_SECRET"',),
    "WORKOS_CLIENT_ID": ("",),  # a secret without its name
}
_SETTINGS = [
    Trial(f"broken: {name} {number}", ("doctor",), {name: value})
    for name, values in _BROKEN.items()
    for number, value in enumerate(values, 1)
]
TRIALS: Sequence[Trial] = (*_UNREACHABLE, *_SETTINGS)


class Search(NamedTuple):
    """What was searched, and what it gave away."""

    findings: list[str]
    texts: int
    characters: int


def search(traces: Sequence[Trace]) -> Search:
    """Look for each trial's own secrets, and scan all that was said for whatever else looks like one."""
    findings, texts = [], dict[str, str]()
    for trace in traces:
        said = {f"{trace.name}: {where}": text for where, text in trace.texts.items()}
        findings += given_away(said, trace.canaries)
        texts |= said
    with tempfile.TemporaryDirectory() as folder:
        names = {f"{number}.txt": where for number, where in enumerate(texts)}
        for name, where in names.items():
            (Path(folder) / name).write_text(texts[where])
        known = repository.harmless(ROOT)
        looks = [hit for hit in repository.scanned(Path(folder), list(names)) if hit["hashed_secret"] not in known]
    findings += [f"{names[hit['filename']]}, line {hit['line_number']}: {hit['type']}" for hit in looks]
    return Search(findings, len(texts), sum(map(len, texts.values())))


def check(trials: Sequence[Trial] = TRIALS, program: Sequence[str] = CARETRAIL, *, serving: bool = True) -> Outcome:
    """Make every trial, and one where servers are there, are asked, and go away."""
    traces = [attempt(trial, program) for trial in trials]
    findings = [f"{trace.name}: did not fail" for trace in traces if trace.code == 0]
    if serving:
        traces.append(served())
        findings += [f"{where}: answers {code}" for where, code in traces[-1].wrong_answers.items()]
    found = search(traces)
    said = f"{len(traces)} starts, {found.texts} outputs of {found.characters} characters searched"
    codes = {trace.name: trace.code for trace in traces}
    shown = [trace.name for trace in traces if trace.shows_a_traceback]
    return concluded(findings + found.findings, said, codes=codes, texts=found.texts, tracebacks=shown)
