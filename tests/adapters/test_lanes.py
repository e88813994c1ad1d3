"""Many questions under way on one connection: each gets its own answer, and one that fails takes no other with it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.lanes import Lanes
from domain.kernel.recorded import SealedCopy
from projections.kernel.reader import Reader, Unreachable

SLOW = b"SELECT %s::int AS n FROM pg_sleep(%s)"


@pytest.fixture
async def lane(database_url: str) -> AsyncIterator[Lanes]:
    made = Lanes(database_url, 1)
    yield made
    await made.close()


class TestQuestion:
    async def test_takes_and_gives_values_as_psycopg_does(self, lane: Lanes) -> None:
        one, now = uuid4(), datetime.now(UTC)
        wanted = {"id": one, "at": now, "n": 7, "big": 2**40, "none": None, "texts": ["ä", "b"], "ids": [one]}
        statement = """SELECT %(id)s AS id, %(at)s AS at, %(n)s + 1 AS n, %(big)s AS big, %(none)s::text AS none,
            %(texts)s::text[] AS texts, %(ids)s AS ids, %(n)s %% 2 AS odd, '{"a": 1}'::json AS told"""
        answer = await lane.ask(statement, wanted)
        assert dict(zip(answer.columns, answer.rows[0], strict=True)) == {
            **wanted, "n": 8, "odd": 1, "told": {"a": 1},
        }  # fmt: skip

    async def test_that_finds_nothing_has_columns_and_no_rows(self, lane: Lanes) -> None:
        assert await lane.ask(b"SELECT 1 AS one WHERE %s", (False,)) == (("one",), [])

    async def test_of_another_type_under_the_same_words_is_another_statement(self, lane: Lanes) -> None:
        for value in (1, 2**20, 2**40, "text", None):
            assert (await lane.ask(b"SELECT %s AS value", (value,))).rows == [(value,)]


class TestManyAtOnce:
    async def test_each_get_their_own_answer(self, lane: Lanes) -> None:
        answers = await asyncio.gather(*(lane.ask(b"SELECT %s::int * 2", (n,)) for n in range(500)))
        assert [answer.rows[0][0] for answer in answers] == [n * 2 for n in range(500)]

    async def test_one_that_fails_fails_alone_and_its_statement_can_be_asked_again(self, lane: Lanes) -> None:
        divisors = [1, 0, 2, 0, 4]
        for _ in range(3):
            answers = await asyncio.gather(
                *(lane.ask(b"SELECT 8 / %s::int", (n,)) for n in divisors), return_exceptions=True
            )
            shown = [a if isinstance(a, BaseException) else a.rows[0][0] for a in answers]
            assert [type(s).__name__ if isinstance(s, Exception) else s for s in shown] == [
                8, "DivisionByZero", 4, "DivisionByZero", 2,
            ]  # fmt: skip

    async def test_one_that_cannot_even_be_prepared_fails_alone(self, lane: Lanes) -> None:
        for _ in range(2):
            wrong = asyncio.create_task(lane.ask(b"SELECT nothing_here", ()))
            right = asyncio.create_task(lane.ask(b"SELECT 1", ()))
            with pytest.raises(psycopg.errors.UndefinedColumn):
                await wrong
            assert (await right).rows == [(1,)]

    async def test_those_of_a_statement_that_is_not_taken_are_all_told_why(self, lane: Lanes) -> None:
        for _ in range(2):
            answers = await asyncio.gather(*(lane.ask(b"SELECT nothing_here", ()) for _ in range(5)),
                                           return_exceptions=True)  # fmt: skip
            assert {type(answer) for answer in answers} == {psycopg.errors.UndefinedColumn}

    async def test_one_whose_value_cannot_be_sent_is_refused_before_it_is_sent(self, lane: Lanes) -> None:
        with pytest.raises(psycopg.DataError):
            await lane.ask(b"SELECT %s::text", ("a\x00b",))
        assert (await lane.ask(b"SELECT 1", ())).rows == [(1,)]

    async def test_one_that_nobody_waits_for_any_more_shifts_no_answer(self, lane: Lanes) -> None:
        left = asyncio.create_task(lane.ask(SLOW, (1, 0.05)))
        after = asyncio.create_task(lane.ask(SLOW, (2, 0.0)))
        await asyncio.sleep(0.02)
        left.cancel()
        assert (await after).rows == [(2,)]
        assert (await lane.ask(SLOW, (3, 0.0))).rows == [(3,)]

    async def test_do_not_wait_for_a_slow_one_while_a_lane_is_free(self, database_url: str) -> None:
        lanes = Lanes(database_url, 2)
        await lanes.ask(b"SELECT 1", ())
        order: list[int] = []

        async def ask(number: int, seconds: float) -> None:
            await lanes.ask(SLOW, (number, seconds))
            order.append(number)

        slow = asyncio.create_task(ask(1, 1.0))
        await asyncio.sleep(0.3)
        await ask(2, 0.0)
        await slow
        await lanes.close()
        assert order == [2, 1]


class TestLostConnection:
    async def test_is_another_one_for_the_questions_under_way(self, lane: Lanes, database_url: str) -> None:
        await lane.ask(b"SELECT 1", ())
        waiting = [asyncio.create_task(lane.ask(SLOW, (n, 0.1))) for n in range(3)]
        await asyncio.sleep(0.05)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'"
            )
        assert [(await one).rows for one in waiting] == [[(0,)], [(1,)], [(2,)]]

    async def test_to_a_server_that_is_gone_is_an_operational_error(self) -> None:
        nowhere = Lanes("postgresql://postgres@127.0.0.1:1/none", 2)
        with pytest.raises(psycopg.OperationalError):
            await nowhere.ask(b"SELECT 1", ())
        await nowhere.close()

    async def test_to_a_server_that_is_gone_puts_readers_off(self) -> None:
        nowhere = Lanes("postgresql://postgres@127.0.0.1:1/none", 1)
        with pytest.raises(Unreachable):
            await Reader(nowhere, Nobody()).rows("SELECT 1", {})
        await nowhere.close()


class Nobody:
    """Opens nothing."""

    async def open(self, tenant_id: UUID, copies: Sequence[SealedCopy]) -> list[dict[str, Any] | None]:
        return []

    async def tokens(self, tenant_id: UUID, terms: Sequence[tuple[str, str]]) -> list[int]:
        return []
