"""Refresh tokens under races: one successor, nobody signed out by mistake, and a stolen one ends the session."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.identity.housekeeping import tidy
from adapters.logins import Role, url_for
from application.identity import staying
from application.identity.doors import Visit
from application.ports.tokens import RefreshRefused
from tests.api.house import House
from tests.api.people import Person, mail, refused, signed_up, told

RACERS = 50


def visit(client: str = "the person's own browser") -> Visit:
    return Visit("127.0.0.1", client, datetime.now(UTC), uuid7(), uuid7())


async def race(house: House, person: Person, rounds: int) -> None:
    """Let everyone present the same token at the same moment, and go on with what they are given."""
    token = person.tokens["refreshToken"]
    for _ in range(rounds):
        doors = house.services.identity.doors
        given = await asyncio.gather(
            *(staying.renew(doors, visit(), token) for _ in range(RACERS)), return_exceptions=True
        )
        assert not [each for each in given if isinstance(each, BaseException)], "somebody was signed out by mistake"
        successors = {each.refresh for each in given if not isinstance(each, BaseException)}
        assert len(successors) == 1, "the family forked"
        token = str(successors.pop())


async def tokens_alive(house: House, session: str) -> int:
    async with house.services.pool.connection() as connection:
        rows = await connection.execute(
            "SELECT count(*) FROM identity.refresh_tokens WHERE session_id = %s AND used_at IS NULL", (session,)
        )
        found = await rows.fetchone()
    assert found is not None
    return int(found[0])


class TestRefreshRaces:
    @pytest.mark.requirement("R282")
    async def test_never_fork_and_sign_nobody_out(self, house: House) -> None:
        person = await signed_up(house)
        await race(house, person, 5)
        assert await tokens_alive(house, person.session) == 1

    @pytest.mark.long
    async def test_never_fork_and_sign_nobody_out_two_hundred_times(self, house: House) -> None:
        person = await signed_up(house)
        await race(house, person, 200)
        assert await tokens_alive(house, person.session) == 1


class TestReuse:
    async def test_by_another_client_ends_the_session_and_warns_its_owner(self, house: House) -> None:
        person = await signed_up(house)
        doors, token = house.services.identity.doors, person.tokens["refreshToken"]
        renewed = await staying.renew(doors, visit(), token)
        with pytest.raises(RefreshRefused):
            await staying.renew(doors, visit("a thief's"), token)
        with pytest.raises(RefreshRefused):
            await staying.renew(doors, visit(), str(renewed.refresh))
        await house.services.identity.withdrawals.look()
        refused(await person.client.get("/api/users/me"), 401, "not-authenticated")
        await house.drain()
        spool = house.services.settings.state / "spool"
        assert any(
            "session-ended-for-safety" in text and person.session in text
            for text in (path.read_text() for path in spool.glob("*.json"))
        )
        assert await mail(house, person.email)

    async def test_after_the_grace_ends_the_session(self, house: House) -> None:
        person = await signed_up(house)
        doors, token = house.services.identity.doors, person.tokens["refreshToken"]
        await staying.renew(doors, visit(), token)
        async with house.services.pool.connection() as connection:  # eleven seconds go by
            await connection.execute(
                "UPDATE identity.refresh_tokens SET used_at = used_at - interval '11 seconds' WHERE session_id = %s",
                (person.session,),
            )
        with pytest.raises(RefreshRefused):
            await staying.renew(doors, visit(), token)
        assert await tokens_alive(house, person.session) == 1
        async with house.services.pool.connection() as connection:
            rows = await connection.execute(
                "SELECT ended_at IS NOT NULL FROM identity.sessions WHERE session_id = %s", (person.session,)
            )
            assert await rows.fetchone() == (True,)

    async def test_of_an_expired_one_is_refused(self, house: House) -> None:
        person = await signed_up(house)
        async with house.services.pool.connection() as connection:
            await connection.execute(
                "UPDATE identity.refresh_tokens SET expires_at = now() - interval '1 second' WHERE session_id = %s",
                (person.session,),
            )
        body = {"refreshToken": person.tokens["refreshToken"]}
        refused(await house.anonymous().post("/api/auth/refresh", json=body), 401, "refresh-refused")


class TestHousekeeping:
    async def test_leaves_no_trace_of_sessions_codes_and_counts_that_are_over(self, house: House) -> None:
        person = await signed_up(house)
        settings, now = house.services.settings, datetime.now(UTC)
        with psycopg.connect(url_for(settings, Role.APP), autocommit=True) as connection:
            tidy(settings, connection, now)
            assert await tokens_alive(house, person.session) == 1
            connection.execute("UPDATE identity.sessions SET expires_at = now() - interval '2 days'")
            connection.execute("UPDATE identity.attempts SET forget_at = now() - interval '1 second'")
            connection.execute("UPDATE identity.one_time_codes SET expires_at = now() - interval '1 second'")
            tidy(settings, connection, now)
            for table in ("sessions", "refresh_tokens", "attempts", "one_time_codes"):
                assert connection.execute(f"SELECT count(*) FROM identity.{table}").fetchone() == (0,)

    async def test_shows_no_session_that_has_expired(self, house: House) -> None:
        person = await signed_up(house)
        await house.drain()
        assert len(told(await person.client.get("/api/auth/sessions"))) == 1
        async with house.services.pool.connection() as connection:
            await connection.execute("UPDATE identity.sessions SET expires_at = now() - interval '1 second'")
        assert told(await person.client.get("/api/auth/sessions")) == []
