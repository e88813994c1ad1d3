"""A fault in the history is seen by the clock, and shown by doctor, metrics, health, the log and a table."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import psycopg
from structlog.testing import capture_logs

from adapters.bootstrap import State, guarded
from adapters.logins import Role, url_for
from adapters.settings import Settings
from adapters.watch.board import board, places
from adapters.watch.catalogue import RULES, rules
from adapters.watch.keeping import watching
from adapters.watch.rule import Connection, Place, Reading
from adapters.watch.watcher import Watcher
from scripts.examination import Finding, examine
from tests.adapters.sample import TENANT
from tests.api.billing import INVOICES, SUBSCRIPTIONS, appointment, data, issued, subscribed
from tests.api.house import House
from tests.watch.faults import DOUBLED


class Told:
    """A rule of one thing, which is as it is told to be."""

    name, says, every = "told", "it is as it must be", 0.0

    def __init__(self) -> None:
        self.readings: Sequence[Reading] = ()

    async def look(self, connection: Connection) -> Sequence[Reading]:
        return self.readings


class Unable(Told):
    """A rule that cannot be looked at."""

    name = "unable"

    async def look(self, connection: Connection) -> NoReturn:
        await connection.execute("SELECT 1 FROM nowhere.at_all")
        raise AssertionError


@asynccontextmanager
async def connected(url: str, role: Role = Role.PROJECTOR) -> AsyncIterator[Connection]:
    own = guarded(url_for(Settings(database_url=url), role))
    async with await psycopg.AsyncConnection.connect(own, autocommit=True) as connection:
        yield connection


async def look(url: str) -> None:
    async with connected(url) as connection:
        watcher = Watcher(connection, rules())
        await watcher.round()


async def about_rules(house: House) -> dict[str, Finding]:
    findings = await asyncio.to_thread(examine, house.services.settings)
    found = {finding.name.removeprefix("rule "): finding for finding in findings}
    return {rule.name: found[rule.name] for rule in RULES}


async def lived(house: House) -> None:
    """A day of a clinic: an appointment on a subscription, an invoice that is paid."""
    subscription, booked = await subscribed(house), await appointment(house)
    data(await house.client("receptionist").post(f"{SUBSCRIPTIONS}/{subscription}/book-appointment/{booked}"))
    invoice, finance = await issued(house), house.client("finance_billing")
    data(await finance.post(f"{INVOICES}/{invoice['id']}/mark-paid", json={"method": "CASH"}))
    await house.drain()


class TestAFaultInTheHistory:
    async def test_is_shown_by_doctor_metrics_and_health_and_nothing_is_before(self, house: House) -> None:
        await lived(house)
        anyone, url = house.anonymous(), house.database_url
        unseen = (await anyone.get("/metrics")).text
        assert 'caretrail_rule_unseen{rule="slots"} 1.0' in unseen
        await look(url)
        before = (await anyone.get("/metrics")).text
        assert 'caretrail_rule_broken{about="",rule="slots"} 0.0' in before
        assert 'caretrail_rule{about="effects",rule="gap"} 0.0' in before
        assert {name: f.detail for name, f in (await about_rules(house)).items() if f.state != "ok"} == {}
        async with house.services.pool.connection() as connection:
            seen = await board(connection)
        assert (seen.broken(), seen.unseen()) == ({}, {})

        with psycopg.connect(url, autocommit=True) as admin:
            for fault in DOUBLED:
                assert admin.execute(fault.encode(), {"tenant": house.tenant}).rowcount == 1
        await asyncio.to_thread(house.project)
        with capture_logs() as logs:
            await look(url)
        assert {line["name"] for line in logs if line["event"] == "watch.rule.broken"} == {"slots", "quota", "money"}
        findings = await about_rules(house)
        assert {name for name, f in findings.items() if f.state == "degraded"} == {"slots", "quota", "money"}
        assert f"of {house.tenant}" in findings["slots"].detail
        after = (await anyone.get("/metrics")).text
        assert 'caretrail_rule_broken{about="",rule="quota"} 1.0' in after
        part = await house.services.health.find("rules")
        assert (part.seen.state, set(part.seen.facts["broken"])) == (State.DEGRADED, {"slots", "quota", "money"})


class TestWatcher:
    async def test_keeps_since_when_a_rule_is_broken_and_forgets_it_when_it_holds(self, database_url: str) -> None:
        told, place = Told(), Place(TENANT, "thing/1")
        async with connected(database_url) as connection:
            watcher = Watcher(connection, [told])

            async def seen(*readings: Reading) -> tuple[dict[str, Any], dict[str, list[str]]]:
                told.readings = readings
                await watcher.look(told)
                shown = {r.about: (r.value, r.broken, r.broken_for) for r in (await board(connection)).readings}
                return shown, await places(connection)

            assert await seen(Reading("a", 1, 1), Reading("b", 0)) == (
                {"a": (1, False, None), "b": (0, False, None)},
                {},
            )
            first, where = await seen(Reading("a", 2, 1, [place]), Reading("b", 0))
            assert (first["a"][1], where) == (True, {"told": [f"thing/1 of {TENANT}"]})
            await asyncio.sleep(0.02)
            later, _ = await seen(Reading("a", 3, 1, [place]), Reading("b", 0))
            assert later["a"][2] > first["a"][2] + 0.015
            unsaid, _ = await seen(Reading("a", None))
            assert set(unsaid) == {"a"}, "what it is no longer about is forgotten, what cannot be said now stays"
            assert await seen(Reading("a", 0)) == ({"a": (0, False, None)}, {})

    async def test_writes_down_that_a_look_failed_and_goes_on(self, database_url: str) -> None:
        told = Told()
        told.readings = [Reading("a", 0)]
        async with connected(database_url) as connection:
            await Watcher(connection, [Unable(), told]).round()
            seen = await board(connection)
        assert (seen.errors, [r.rule for r in seen.readings]) == ({"unable": "UndefinedTable"}, ["told"])

    async def test_is_alone(self, database_url: str) -> None:
        told = Told()
        async with connected(database_url) as one, connected(database_url) as other:
            first, second = Watcher(one, [told]), Watcher(other, [told])
            await first.round()
            told.readings = [Reading("a", 0)]
            await second.round()
            assert (await board(one)).readings == []
            await one.close()
            for _ in range(100):  # until the server has noticed
                await second.round()
                if (await board(other)).readings:
                    return
                await asyncio.sleep(0.05)
        raise AssertionError("nobody looks any more")


class TestBoard:
    async def test_says_what_nobody_looks_at(self, database_url: str) -> None:
        async with connected(database_url) as connection:
            assert set((await board(connection)).unseen()) == {rule.name for rule in RULES}
            await connection.execute(
                """INSERT INTO watch.looks SELECT unnest(%s::text[]), clock_timestamp() - interval '50 s', 0""",
                ([rule.name for rule in RULES],),
            )
            assert (await board(connection)).unseen() == {}
            await connection.execute("UPDATE watch.looks SET error = 'QueryCanceled' WHERE rule = 'keys'")
            await connection.execute("UPDATE watch.looks SET looked_at = now() - interval '70 s' WHERE rule = 'gap'")
            await connection.execute(
                """INSERT INTO watch.readings SELECT rule, 'balances', 0, 0, now() - interval '1 h' FROM watch.looks
                WHERE rule = 'money'"""
            )
            assert set((await board(connection)).unseen()) == {"keys", "gap", "money"}


class TestWatching:
    def test_goes_on_beside_the_clock_until_it_stops(self, database_url: str) -> None:
        url, stop = guarded(url_for(Settings(database_url=database_url), Role.PROJECTOR)), threading.Event()
        with psycopg.connect(database_url, autocommit=True) as connection:
            with watching(url, stop):
                until = time.monotonic() + 20
                while time.monotonic() < until and not _looked(connection):
                    time.sleep(0.05)
            assert _looked(connection)
        assert "watch" not in {thread.name for thread in threading.enumerate()}


def _looked(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT count(*) FROM watch.looks").fetchone()
    return bool(row and row[0] == len(RULES))
