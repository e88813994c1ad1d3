"""What consumers have applied is held against the log, and positions against what was drawn."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.watch.consumers import Gap, Wanted
from adapters.watch.working import Sequences, Watermarks
from tests.adapters.sample import TENANT, Counted
from tests.projections.sample import HEALED, POISON, Ground
from tests.watch.faults import event
from tests.watch.looking import Look, broken, looked_at, twice


class TestGap:
    """A consumer of its own, run as every other."""

    @pytest.fixture
    def ground(self, database_url: str) -> Iterator[Ground]:
        HEALED.clear()
        made = Ground(database_url)
        yield made
        for connection in made.open:
            connection.close()

    @staticmethod
    def seen(ground: Ground, rule: Gap | None = None) -> float | None:
        one = rule or Gap({"sample": Wanted("events", {Counted.TOPIC})})
        return looked_at(ground.url, one)["sample"].value

    def run(self, ground: Ground) -> None:
        runner = ground.runner()
        runner.drain()
        runner.close()

    def test_is_none_while_each_event_is_applied_once(self, ground: Ground) -> None:
        ground.append(uuid7(), 1, 2, 3)
        ground.append_raw(uuid7(), "something.else", "{}")
        rule = Gap({"sample": Wanted("events", {Counted.TOPIC})})
        self.run(ground)
        assert self.seen(ground, rule) == 0
        ground.append(uuid7(), 4)
        assert self.seen(ground, rule) == 0, "not read yet is not missed"
        self.run(ground)
        assert (self.seen(ground, rule), self.seen(ground)) == (0, 0)

    @pytest.mark.parametrize(
        ("fault", "gap"),
        [
            ("UPDATE consumers.bookmarks SET position = pg_sequence_last_value('event_store.position_seq')", 2),
            ("UPDATE consumers.bookmarks SET applied = applied + 1", -1),
        ],
    )
    def test_is_seen_when_a_bookmark_passes_events_or_some_are_applied_twice(
        self, ground: Ground, fault: str, gap: int
    ) -> None:
        ground.append(uuid7(), 1, 2, 3)
        self.run(ground)
        assert self.seen(ground) == 0
        ground.append(uuid7(), 4, 5)
        ground.connection.execute(fault.encode())
        self.run(ground)
        assert self.seen(ground) == gap

    def test_is_the_same_for_a_generation_that_stands_before_the_tally(self, ground: Ground) -> None:
        ground.append(uuid7(), 1, 2, 3)
        self.run(ground)
        assert self.seen(ground) == 0
        ground.connection.execute("UPDATE consumers.bookmarks SET position = position - 1, applied = applied - 1")
        assert self.seen(ground) == 0
        ground.connection.execute("UPDATE consumers.bookmarks SET applied = applied - 1")
        assert self.seen(ground) == 1

    def test_is_none_for_what_is_set_aside_nor_once_that_was_applied(self, ground: Ground) -> None:
        sick = uuid7()
        ground.append(sick, 1, POISON, 3)
        ground.append(uuid7(), 4)
        self.run(ground)
        ground.append(sick, 5)
        self.run(ground)
        assert len(ground.parked()) == 1
        assert self.seen(ground) == 0
        HEALED.add(POISON)
        runner = ground.runner()
        runner.once()
        runner.retry_parked()
        runner.close()
        assert ground.parked() == []
        assert self.seen(ground) == 0

    def test_is_not_told_of_a_consumer_far_away(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        self.run(ground)
        ground.connection.execute("UPDATE consumers.bookmarks SET position = 1000000")
        assert self.seen(ground) is None


class TestSequences:
    def test_hold_after_roll_backs_and_alarm_when_one_is_behind_its_log(self, database_url: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for _ in range(3):
                connection.execute(event().encode(), {"tenant": TENANT})
            connection.execute("SELECT nextval('event_store.position_seq')")
            assert broken(looked_at(database_url, Sequences())) == {}
            connection.execute("SELECT setval('event_store.position_seq', 1)")
        assert broken(looked_at(database_url, Sequences())) == {"events": 2}

    def test_alarm_when_one_is_behind_those_who_read_it(self, looked: Look) -> None:
        fault = "UPDATE consumers.bookmarks SET position = 50000 WHERE consumer = 'directory'"
        assert list(broken(looked(Sequences(), fault))) == ["events"]


class TestWatermarks:
    def test_hold_while_appends_end_and_alarm_when_one_does_not(self, database_url: str) -> None:
        async def stuck() -> list[dict[str, float | None]]:
            rule = Watermarks(allowed=0.05)
            async with (
                await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
                await psycopg.AsyncConnection.connect(database_url) as writer,
            ):
                found = [await twice(rule, connection)]
                await writer.execute("""SELECT pg_advisory_xact_lock_shared(event_store.watermark_base()
                    + pg_sequence_last_value('event_store.position_seq')), nextval('event_store.position_seq')""")
                found.append(await twice(rule, connection))
                await writer.rollback()
                return [*found, await twice(rule, connection)]

        before, meanwhile, after = asyncio.run(stuck())
        assert (before, list(meanwhile), after) == ({}, ["events"], {})
