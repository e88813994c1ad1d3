"""A8: events a projector cannot digest, few among many. Their streams wait; once it is mended nothing is missing."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import APPEND, Written, documents
from adapters.postgres.feed import decoder
from domain.kernel.recorded import Recorded
from projections.kernel import generations
from projections.kernel.consumer import Consumer, ReadModelConsumer
from projections.kernel.poison import Poisoned
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table
from projections.kernel.runner import Runner
from tests.adapters.sample import CODEC, TENANT, Counted
from tests.chaos import figures
from tests.projections.sample import Ground

BATCH, STREAMS = 500, 120
PERSONAL = "Ada Lovelace"
KIND = re.compile(r"[A-Za-z]+( [0-9A-Z]{5})?")
#: What is wrong: a mistake of the projector's own, a number too great for its column, a text too long for an index.
BUG, TOO_GREAT, TOO_LONG = 666, 2**62, 667
POISONS = (BUG, TOO_GREAT, TOO_LONG)
LONG = PERSONAL + "".join(Random(8).choices(ascii_letters + digits, k=12_000))
Make = Callable[[int], Consumer]


class Unpalatable(Exception):
    """The projector has a bug for this one."""


def counted(rows: Rows, event: Counted, recorded: Recorded, factor: int, word: str) -> None:
    key = (recorded.tenant_id, recorded.stream_id)
    amount = event.amount * factor if event.amount == TOO_GREAT else event.amount
    rows.add("poisoned_totals", key, {"total": amount}, {"last": recorded.version})
    word = word if event.amount == TOO_LONG else "short"
    rows.insert("poisoned_words", (*key, recorded.version), {"word": word})


def sick(rows: Rows, event: Counted, recorded: Recorded) -> None:
    if event.amount == BUG:
        raise Unpalatable(f"no room for {PERSONAL}")
    counted(rows, event, recorded, 4, LONG)


def mended(rows: Rows, event: Counted, recorded: Recorded) -> None:
    counted(rows, event, recorded, 1, "long")


OF_STREAM = ("tenant_id", "stream_id")
TABLES = (Table("poisoned_totals", OF_STREAM), Table("poisoned_words", (*OF_STREAM, "version")))
SICK = ReadModel("poisoned", TABLES, {Counted: sick}, Path(__file__).with_name("poison_schema.sql"))
MENDED = SICK._replace(on={Counted: mended})


class Skipping(ReadModelConsumer):
    """The control: leaves out what it cannot digest and goes on."""

    def apply(self, connection: psycopg.Connection[Any], events: Any) -> None:
        for event in events:
            try:
                with connection.transaction():
                    super().apply(connection, [event])
            except Exception:
                continue


class Told(NamedTuple):
    """A batch: amounts by stream, in the order they were told, and the streams that have poison in them."""

    events: list[tuple[UUID, int]]
    sick: frozenset[UUID]


def batch(random: Random, streams: list[UUID], ill: list[UUID]) -> Told:
    """Return 500 events, a poison of each kind among them, and two in one of the streams."""
    events = [(random.choice(streams), random.randrange(100)) for _ in range(BATCH - len(POISONS) - 1)]
    for stream, poison in [*zip(ill, POISONS, strict=True), (ill[0], random.choice(POISONS))]:
        events.insert(random.randrange(len(events) + 1), (stream, poison))
    return Told(events, frozenset(ill))


class Attack:
    """``once`` tells a batch to a consumer of the sick projector, looks, mends it, and looks again."""

    def __init__(self, ground: Ground, make: Make) -> None:
        self.ground = ground
        self.make = make
        self.totals: dict[UUID, int] = {}
        self.versions: dict[UUID, int] = {}
        self.findings: list[str] = []
        generations.describe(ground.connection, [SICK])
        generations.ensure_live(ground.connect(), SICK)

    def tell(self, events: list[tuple[UUID, int]]) -> None:
        """Append events of many streams in one commit."""
        rows = []
        for stream, amount in events:
            at = self.versions[stream] = self.versions.get(stream, 0) + 1
            data = b'{"amount":%d}' % amount
            rows.append(StoredRow(stream, at, Counted.TOPIC, data, TENANT, 1, None, None, None, "{}"))
            self.totals[stream] = self.totals.get(stream, 0) + amount
        written = Written(TENANT, None, None, b"", "null", rows, (), ())
        self.ground.connection.execute(APPEND, documents([written]))

    def runner(self, make: Make) -> Runner:
        return Runner(self.ground.connect(), self.ground.feed(), decoder(CODEC), {"poisoned": make})

    def once(self, random: Random) -> None:
        """A batch with poison, another behind it, and the deploy that mends the projector."""
        streams = [uuid7() for _ in range(STREAMS)]
        ill = random.sample(streams, len(POISONS))
        told = batch(random, streams, ill)
        with capture_logs() as logs:
            runner = self.runner(self.make)
            self.tell(told.events)
            runner.drain()
            self.tell([(stream, 1) for stream in streams])
            runner.drain()
            runner.retry_parked()
            runner.close()
        self.look_while_sick(told.sick, str(logs))
        runner = self.runner(partial(ReadModelConsumer, MENDED))
        runner.retry_parked()
        runner.drain()
        runner.close()
        self.look_when_mended()
        self.ground.hang_up()

    def look_while_sick(self, ill: frozenset[UUID], logs: str) -> None:
        parked = {stream: error for _, stream, error in self.ground.parked()}
        totals = self.ground.totals("read.poisoned_totals")
        self._note(parked.keys() == ill, f"{len(parked)} streams are parked, and {len(ill)} are ill")
        wrong = [stream for stream, total in self.totals.items() if stream not in ill and totals.get(stream) != total]
        self._note(not wrong, f"{len(wrong)} streams that are well have not gone on")
        self._note(all(KIND.fullmatch(error) for error in parked.values()), "an error tells more than its kind")
        self._note(PERSONAL not in logs + str(parked), "an error tells what somebody said")

    def look_when_mended(self) -> None:
        self._note(self.ground.parked() == [], "streams are still parked")
        self._note(self.ground.totals("read.poisoned_totals") == self.totals, "what was missed is missing")
        try:
            generations.rebuild(self.ground.connect(), self.ground.feed(), decoder(CODEC), MENDED)
        except generations.Differs:
            self.findings.append("a rebuild gives other rows")

    def _note(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.findings.append(otherwise)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


class TestPoison:
    """Attack: in batches of 500 events some cannot be digested, two of them in one stream: for a bug, for a number too
    great for its column, for a text too long for an index.

    Withstood when their streams alone are set aside, all others go on, nothing of what was said is told by errors and
    logs, and once the projector is mended the rows are those of a rebuild. Control: a consumer that skips them.
    """

    def test_parks_its_streams_and_is_made_good_when_mended(self, ground: Ground) -> None:
        self.withstood(ground, rounds=2)

    @pytest.mark.long
    def test_parks_its_streams_a_hundred_times(self, ground: Ground) -> None:
        self.withstood(ground, rounds=100, long=True)

    def test_skipped_in_silence_would_be_seen(self, ground: Ground) -> None:
        attack = Attack(ground, partial(Skipping, SICK))
        attack.once(Random(8))
        assert {"what was missed is missing", "a rebuild gives other rows"} <= set(attack.findings)

    def test_stops_a_rebuild_without_telling_what_was_said(self, ground: Ground) -> None:
        attack = Attack(ground, partial(ReadModelConsumer, SICK))
        attack.tell([(uuid7(), 1), (uuid7(), BUG), (uuid7(), TOO_GREAT)])
        attack.runner(partial(ReadModelConsumer, MENDED)).drain()
        with pytest.raises(Poisoned) as refusal:
            generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), SICK)
        assert "Unpalatable" in str(refusal.value)
        assert PERSONAL not in str(refusal.getrepr(chain=True).reprcrash)
        assert refusal.value.__suppress_context__
        states = ground.connection.execute(b"SELECT state FROM consumers.generations ORDER BY generation").fetchall()
        assert states == [("live",), ("dropped",)]
        assert ground.totals("read.poisoned_totals") == attack.totals

    def withstood(self, ground: Ground, rounds: int, *, long: bool = False) -> None:
        random, attack = Random(8), Attack(ground, partial(ReadModelConsumer, SICK))
        for _ in range(rounds):
            attack.once(random)
        figures.record("A8", reached=not attack.findings, long=long, batches=rounds, events=rounds * (BATCH + STREAMS),
                       poison=rounds * (len(POISONS) + 1), findings=len(attack.findings))  # fmt: skip
        assert attack.findings == []
