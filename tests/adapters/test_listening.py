"""The end of a connection that comes together with data, and is told of once: nobody waits for ever."""

import asyncio
import time
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
import uvloop
from uuid_utils.compat import uuid7

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import Written
from adapters.postgres.batcher import ANSWER_SECONDS, Batcher
from adapters.postgres.lanes import Lanes
from adapters.postgres.line import Line
from tests.adapters.sample import TENANT, Counted
from tests.chaos.proxy import Proxy

#: What it answers reads as what the store says when it has appended, and so the proxy keeps the last message back.
TOLD = b"SELECT 'appended'::text AS outcome, NULL::text AS detail, 1::bigint AS last_position"
PATIENCE = 10.0


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url) as made:
        yield made


def counted(stream: UUID, version: int) -> Written:
    """Return a command as it is sent, of one event."""
    row = StoredRow(stream, version, Counted.TOPIC, b'{"amount":1}', TENANT, 1, None, None, None, "{}")
    return Written(TENANT, None, None, b"", "null", [row], (), ())


def held_up() -> None:
    """Keep the event loop busy until both are there."""
    time.sleep(0.2)


class TestEnd:
    """Under uvloop, as the server runs."""

    def test_of_a_line_is_heard(self, proxy: Proxy) -> None:
        async def lose() -> None:
            line = await Line.open(proxy.url, TOLD)
            proxy.lose()
            answer = line.send([])
            held_up()
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(answer, PATIENCE)
            assert line.closed

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(lose())
        assert proxy.lost == 1

    @pytest.mark.long
    async def test_of_a_line_that_nobody_tells_of_is_taken_for_granted_in_time(self, proxy: Proxy) -> None:
        batcher, stream = Batcher(proxy.url, 1), uuid7()
        assert (await batcher.submit(counted(stream, 1))).outcome == "appended"
        proxy.fall_silent()
        appending = asyncio.ensure_future(batcher.submit(counted(stream, 2)))
        await asyncio.sleep(1)
        proxy.speak_to_others()
        assert (await asyncio.wait_for(appending, ANSWER_SECONDS + PATIENCE)).outcome == "appended"
        await batcher.close()

    def test_of_a_lane_is_heard_and_the_question_asked_again(self, proxy: Proxy) -> None:
        async def lose() -> None:
            lanes = Lanes(proxy.url, 1)
            assert (await lanes.ask(TOLD, ())).rows
            proxy.lose()
            question = asyncio.ensure_future(lanes.ask(TOLD, ()))
            await asyncio.sleep(0)
            held_up()
            assert (await asyncio.wait_for(question, PATIENCE)).rows
            await lanes.close()

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(lose())
        assert proxy.lost == 1
