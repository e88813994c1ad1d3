"""The end of a connection that comes together with data, and is told of once: nobody waits for ever."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest
import uvloop

from adapters.postgres.lanes import Lanes
from adapters.postgres.line import Line
from tests.chaos.proxy import Proxy

#: What it answers reads as what the store says when it has appended, and so the proxy keeps the last message back.
TOLD = b"SELECT 'appended'::text AS outcome, NULL::text AS detail, 1::bigint AS last_position"
PATIENCE = 10.0


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url) as made:
        yield made


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
