"""Effects are derived once, sent when due, performed once, and what fails for good can be found and retried."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.jobs import effects
from adapters.jobs.clock import Clock
from adapters.jobs.effects import EffectsConsumer, Sent
from adapters.jobs.performer import Performer
from adapters.jobs.queue import Queue
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, Dispatcher, use_case
from application.kernel.process import Due, Effect, Process
from application.kernel.session import Session
from application.kernel.world import World
from domain.kernel.errors import Kind, Refused
from domain.kernel.recorded import Recorded
from tests.adapters.sample import TENANT, Counted, Opened, Thing, commit, opened
from tests.projections.sample import Ground

LATER = timedelta(hours=2)
PERFORMED: list[tuple[UUID, str]] = []


class Broken(Refused):
    """The other side says no, now and always."""

    code = "broken"


class Busy(Refused):
    """The other side is away for a moment."""

    code = "busy"
    kind = Kind.UNAVAILABLE


class Answer(Command, frozen=True, kw_only=True):
    """Records on the thing that the effect was performed."""

    thing: UUID


@use_case(Answer, "appointments:attend")
async def answer(command: Answer, session: Session) -> Outcome:
    thing = await session.load(Thing, command.thing)
    thing.record(Counted(amount=1000))
    return await session.commit(thing)


def derive(event: Counted, recorded: Recorded) -> Iterator[Due]:
    if event.amount < 1000:
        yield Due({"thing": str(recorded.stream_id), "amount": str(event.amount)})
        yield Due({"thing": str(recorded.stream_id), "amount": "later"}, recorded.recorded_at + LATER, "later")


async def perform(effect: Effect, world: World) -> None:
    PERFORMED.append((effect.key, effect.ids["amount"]))
    if effect.ids["amount"] == "13":
        raise Broken("no")
    if effect.ids["amount"] == "7" and len(PERFORMED) < 3:
        raise Busy("not now")
    await world.act(Answer(thing=UUID(effect.ids["thing"])), tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process("answer-when-counted", {Counted: derive}, perform, queue="answers", priority=3)


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    PERFORMED.clear()
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


def derived(ground: Ground) -> list[Any]:
    from adapters.codec.codec import Codec
    from adapters.postgres.feed import decoder
    from projections.kernel import generations
    from projections.kernel.runner import Runner
    from tests.adapters.sample import CODEC

    assert isinstance(CODEC, Codec)
    generations.register(ground.connect(), "effects")
    makers = {"effects": lambda generation: EffectsConsumer([PROCESS], generation)}
    Runner(ground.connect(), ground.feed(), decoder(CODEC), makers).drain()
    return states(ground)


def states(ground: Ground) -> list[Any]:
    query = b"SELECT ids->>'amount', state, error FROM effects.effects ORDER BY due_at, position"
    return ground.connection.execute(query).fetchall()


def performer(its: Opened) -> Performer:
    dispatcher = Dispatcher(its.store)

    def world(act: Any) -> World:
        return World(act, its.store, its.streams, *[None] * (len(World._fields) - 3))  # type: ignore[arg-type]

    return Performer(its.pool, {PROCESS.name: PROCESS}, dispatcher, world, uuid7)


def wait_until(reached: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.1)


def hashes(client: Any) -> list[bytes]:
    return [name for name in client.keys("*") if client.type(name) == b"hash"]


def hashed(client: Any, name: bytes) -> list[bytes]:
    values: list[bytes] = client.hvals(name)
    return values


class TestClock:
    def test_sends_what_is_due_and_nothing_earlier(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        assert derived(ground) == [("1", "waiting", None), ("later", "waiting", None)]
        sent: list[Sent] = []
        clock = Clock(ground.connect(), sent.append)
        now = datetime.now(UTC)
        assert clock.tick(now) == 1
        assert clock.tick(now) == 0
        assert clock.tick(now + LATER) == 1
        assert [s.queue for s in sent] == ["answers", "answers"]

    def test_has_one_leader_and_another_takes_over_when_it_resigns(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        derived(ground)
        sent: list[Sent] = []
        first, second = Clock(ground.connect(), sent.append), Clock(ground.connect(), sent.append)
        assert first.tick(datetime.now(UTC)) == 1
        assert second.tick(datetime.now(UTC)) is None
        first.resign()
        assert second.tick(datetime.now(UTC) + LATER) == 1

    def test_that_lost_its_connection_goes_on_leading_with_the_next(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        derived(ground)
        me, sent = uuid7(), list[Sent]()
        lost = ground.connect()
        assert Clock(lost, sent.append, me=me).tick(datetime.now(UTC)) == 1
        lost.close()
        assert Clock(ground.connect(), sent.append).tick(datetime.now(UTC) + LATER) is None
        assert Clock(ground.connect(), sent.append, me=me).tick(datetime.now(UTC) + LATER) == 1

    def test_that_dies_between_sending_and_writing_it_down_sends_again(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        derived(ground)

        def die(sent: Sent) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Clock(ground.connect(), die).tick(datetime.now(UTC))
        sent: list[Sent] = []
        assert Clock(ground.connect(), sent.append).tick(datetime.now(UTC)) == 1

    def test_goes_on_leading_while_the_queue_is_away_and_sends_when_it_is_back(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        derived(ground)
        away = Queue("redis://127.0.0.1:1/0", [PROCESS])
        clock, other = Clock(ground.connect(), away.send), Clock(ground.connect(), away.send)
        assert clock.tick(datetime.now(UTC)) == 0
        assert other.tick(datetime.now(UTC)) is None
        assert states(ground)[0] == ("1", "waiting", None)
        clock.resign()
        sent: list[Sent] = []
        assert Clock(ground.connect(), sent.append).tick(datetime.now(UTC)) == 1
        away.stop()

    def test_sends_again_what_the_queue_has_lost(self, ground: Ground) -> None:
        ground.append(uuid7(), 1)
        derived(ground)
        assert len(effects.take_due(ground.connection, datetime.now(UTC), 10)) == 1
        assert effects.take_lost(ground.connection, 10) == []
        assert len(effects.take_lost(ground.connection, 10, seconds=0)) == 1


class TestPerformer:
    async def test_performed_twice_acts_once(self, ground: Ground, tmp_path: Path) -> None:
        thing = uuid7()
        async with opened(ground.url, tmp_path) as its:
            await its.store.append(commit(thing, Counted(amount=1)))
            derived(ground)
            key = effects.take_due(ground.connection, datetime.now(UTC), 10)[0].key
            await asyncio.gather(performer(its).perform(key), performer(its).perform(key))
            ground.connection.execute("UPDATE effects.effects SET state = 'sent'")
            await performer(its).perform(key)
            assert len(PERFORMED) == 3
            assert (await its.store.load(Thing, TENANT, thing)).total == 1001

    async def test_remembers_what_failed_for_good_and_lets_it_be_retried(self, ground: Ground, tmp_path: Path) -> None:
        async with opened(ground.url, tmp_path) as its:
            await its.store.append(commit(uuid7(), Counted(amount=13)))
            derived(ground)
            key = effects.take_due(ground.connection, datetime.now(UTC), 10)[0].key
            await performer(its).perform(key)
        assert states(ground)[0] == ("13", "failed", "broken")
        assert [row[0] for row in effects.failed(ground.connection, 10)] == [key]
        assert effects.retry(ground.connection, [key]) == 1
        assert states(ground)[0] == ("13", "waiting", None)


class TestQueue:
    async def test_carries_effects_to_a_worker_and_tries_again_what_passes_by_itself(
        self, ground: Ground, redis_url: str, tmp_path: Path
    ) -> None:
        """Through dramatiq and Valkey: one effect succeeds at once, one at its third try, one never."""
        async with opened(ground.url, tmp_path) as its:
            things = [uuid7() for _ in range(3)]
            for thing, amount in zip(things, (7, 1, 13), strict=True):
                await its.store.append(commit(thing, Counted(amount=amount)))
        derived(ground)

        @asynccontextmanager
        async def open_performer() -> AsyncIterator[Performer]:
            async with opened(ground.url, tmp_path) as its:
                yield performer(its)

        queue = Queue(redis_url, [PROCESS], open_performer)
        clock = Clock(ground.connect(), queue.send)
        stop, wake = threading.Event(), threading.Event()
        ticking = threading.Thread(target=clock.run, args=(wake, stop))
        ticking.start()
        queue.start_worker(2)
        await asyncio.to_thread(wait_until, lambda: [s for _, s, _ in states(ground)].count("done") == 2)
        stop.set()
        wake.set()
        ticking.join()
        queue.stop()
        settled = {amount: (state, error) for amount, state, error in states(ground)}
        assert settled["1"] == ("done", None)
        assert settled["7"] == ("done", None)
        assert settled["13"] == ("failed", "broken")
        assert settled["later"] == ("waiting", None)

    def test_puts_nothing_but_the_key_into_the_queue(self, redis_url: str) -> None:
        import redis

        queue = Queue(redis_url, [PROCESS])
        key = uuid7()
        queue.send(Sent(key, "answers"))
        queue.stop()
        client = redis.Redis.from_url(redis_url, protocol=2)
        stored = b"".join(value for name in hashes(client) for value in hashed(client, name))
        client.close()
        assert f'"args":["{key}"],"kwargs":{{}}'.encode() in stored
