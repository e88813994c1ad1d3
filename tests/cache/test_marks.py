"""What consumers tell: before they commit, never backwards, and made good when it could not be told."""

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
import redis
from uuid_utils.compat import uuid7

from adapters.bootstrap import Kept, Made, Place, families, open_runner, which
from adapters.cache.cache import Cache
from adapters.cache.entry import PREFIX, era_of
from adapters.cache.families import FAMILIES, clinic_tag, person_tag
from adapters.cache.marks import Marks, marks_of
from adapters.cache.shelf import Shelf
from adapters.identity.keyed import KeyedAccounts
from adapters.logins import Role, url_for
from adapters.rebuilding import rebuild_read_model
from adapters.valkey import connect
from domain.identity.events import UserRegistered
from domain.identity.platform import PLATFORM
from projections.kernel.bookmarks import Bookmark
from projections.kernel.feed import FeedRow
from tests.api.billing import BASIC, PLANS
from tests.api.house import Ground, House, open_house
from tests.api.people import signed_up, someone
from tests.cache.ground import Looks, after, believed, data, open_told, projecting

TENANT, PERSON = uuid7(), uuid7()


def row(position: int, subject: UUID | None = None, topic: str = "billing.plan.created") -> FeedRow:
    return FeedRow(position, TENANT, uuid7(), 1, topic, 1, "{}", None, None, subject, "{}", datetime.now(UTC))


def bookmark(name: str, generation: int = 1, shards: int = 1) -> Bookmark:
    return Bookmark(name, generation, 0, shards, 0, frozenset())


class TestMarks:
    @pytest.mark.requirement("R110")
    def test_are_of_the_clinic_and_of_the_person_or_of_nobody(self) -> None:
        told = marks_of(
            {"plans": [row(5), row(7)], "patient_summary": [row(6, PERSON)], "nobody_caches_this": [row(9)]}
        )
        assert told == {
            f"{PREFIX}:mark:{clinic_tag('plans', TENANT)}": 7,
            f"{PREFIX}:mark:{person_tag('plans', TENANT, None)}": 7,
            f"{PREFIX}:mark:{clinic_tag('patient_summary', TENANT)}": 6,
            f"{PREFIX}:mark:{person_tag('patient_summary', TENANT, PERSON)}": 6,
        }

    def test_never_go_back(self, redis_url: str) -> None:
        with closing(Marks(redis_url)) as marks:
            for position in (5, 9, 7):
                marks.changed({"plans": [row(position)]})
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        assert client.get(f"{PREFIX}:mark:{clinic_tag('plans', TENANT)}") == b"9"
        client.close()

    def test_that_could_not_be_told_begin_another_era(self, redis_url: str) -> None:
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        with closing(Marks(redis_url)) as marks:
            marks.alive([bookmark("plans")])
            first = client.get(era_of("plans"))
            client.script_flush()
            client.set(f"{PREFIX}:mark:{clinic_tag('plans', TENANT)}", "not a number")  # the script fails on it
            marks.changed({"plans": [row(5)]})
            marks.alive([bookmark("plans")])
            assert client.get(era_of("plans")) not in (first, None)
        client.close()

    def test_eras_end_with_the_generation_the_runner_and_silence(self, redis_url: str) -> None:
        client: Any = redis.Redis.from_url(redis_url, protocol=2)
        eras = []
        for generation in (1, 2):
            with closing(Marks(redis_url)) as marks:
                marks.alive([bookmark("plans", generation), bookmark("directory", shards=2)])
                eras.append(client.get(era_of("plans")))
        assert len(set(eras)) == 2
        assert 0 < client.pttl(era_of("plans")) <= 3000
        assert client.get(era_of("directory")) is None  # nobody knows what all its shards have told
        client.close()

    @pytest.mark.requirement("R225")
    def test_never_hold_a_runner_up_when_valkey_is_away(self) -> None:
        with closing(Marks("redis://127.0.0.1:1/0")) as marks:
            for position in range(1000):
                marks.changed({"plans": [row(position)]})
                marks.alive([bookmark("plans")])

    def test_every_family_comes_from_consumers_there_are(self) -> None:
        from adapters.runners import without_tables
        from projections.catalogue import READ_MODELS

        known = {*READ_MODELS, *without_tables("events")}
        assert {source.consumer for family in FAMILIES.values() for source in family.sources} <= known

    @pytest.mark.requirement("R023")
    def test_the_table_is_what_was_decided(self) -> None:
        """R259 to R261 give the figures of accounts and of search; a price list may be an hour old nowhere."""
        seconds = {name: family.seconds for name, family in FAMILIES.items()}
        assert seconds["user_email"] == seconds["user"] == 3600
        assert seconds["user_search"] == 1800
        assert FAMILIES["ehr:comprehensive"].retention == "clinical"


class Dying:
    """A teller whose process dies after telling, before the commit."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def changed(self, changes: Mapping[str, Iterable[FeedRow]]) -> None:
        self._marks.changed(changes)
        raise psycopg.OperationalError("killed")

    def forget(self, consumers: Iterable[str]) -> None:
        self._marks.forget(consumers)

    def alive(self, bookmarks: Sequence[Bookmark]) -> None:
        self._marks.alive(bookmarks)


class TestAKeptAnswer:
    async def test_of_before_is_not_believed_though_the_consumer_died_before_its_commit(
        self, ground: Ground, redis_url: str
    ) -> None:
        async with open_house(ground, redis_url) as house:
            finance, url = house.client("finance_billing"), url_for(house.services.settings, Role.PROJECTOR)
            with closing(Marks(redis_url)) as marks, open_runner(url, ["plans"], teller=marks) as runner:
                runner.drain()
                marks.alive([bookmark("plans")])
                assert data(await finance.get(PLANS)) == []
                assert data(await finance.get(PLANS)) == []
                await finance.post(PLANS, json=BASIC)
                runner._teller = Dying(marks)
                with pytest.raises(psycopg.OperationalError):
                    runner.drain()
                looks = Looks("billing_plans")
                assert data(await finance.get(PLANS)) == []  # as the rows are: nothing was committed
                assert looks.since() == {"outdated": 1}
                runner._teller = marks
                runner.drain()
                assert len(data(await finance.get(PLANS))) == 1

    async def test_is_not_believed_after_a_rebuild(self, told: House) -> None:
        finance = told.client("finance_billing")
        wait = after(await finance.post(PLANS, json=BASIC))
        data(await finance.get(PLANS, headers=wait))
        await asyncio.to_thread(rebuild_read_model, told.services.settings, "plans", False, lambda done, of: None)
        for _ in range(200):
            looks = Looks("billing_plans")
            assert len(data(await finance.get(PLANS))) == 1
            if looks.since().keys() & {"outdated", "untold", "absent"}:
                return
            await asyncio.sleep(0.02)
        pytest.fail("what was kept of the generation before was believed")

    async def test_is_made_once_by_two_processes_that_ask_together(self, told: House, redis_url: str) -> None:
        services, made = told.services, 0

        async def make() -> Made:
            nonlocal made
            made += 1
            await asyncio.sleep(0.1)
            return Made(Kept(b"{}"))

        place = Place(families.SUBSCRIPTIONS, told.tenant, uuid7(), which("together"))
        clients = [connect(redis_url) for _ in range(2)]
        processes = [Cache(Shelf(client), services.identity.cipher, services.reached) for client in clients]
        found = await asyncio.gather(*(process.get(place, make) for process in processes for _ in range(10)))
        assert {kept.body for kept in found} == {b"{}"}
        assert made == 1
        for process in processes:
            await process.close()

    async def test_of_a_failure_is_not_kept_and_everyone_hears_of_it(self, told: House) -> None:
        async def make() -> Made:
            await asyncio.sleep(0.02)
            raise ValueError("as it is")

        place = Place(families.PLANS, told.tenant, None, which("failing"))
        found = await asyncio.gather(*(told.services.cache.get(place, make) for _ in range(5)), return_exceptions=True)
        assert [str(error) for error in found] == ["as it is"] * 5

    @pytest.mark.requirement("R265")
    async def test_is_done_without_while_valkey_is_away_and_comes_back_with_it(
        self, ground: Ground, redis_url: str
    ) -> None:
        async with open_told(ground, redis_url) as house:
            finance = house.client("finance_billing")
            data(await finance.get(PLANS, headers=after(await finance.post(PLANS, json=BASIC))))
            shelf = house.services.cache._shelf
            there, shelf._client = shelf._client, connect("redis://127.0.0.1:1/0")
            looks = Looks("billing_plans")
            for _ in range(5):
                assert len(data(await finance.get(PLANS))) == 1
            assert looks.since() == {"unreachable": 5}
            await shelf._client.aclose()
            shelf._client = there
            shelf._breaker.succeeded()
            assert len(data(await finance.get(PLANS))) == 1
            assert looks.since().keys() & {"hit", "outdated", "absent"}


class TestEmail:
    @pytest.mark.requirement("R259")
    @pytest.mark.requirement("R290")
    async def test_of_an_account_is_found_again_without_a_question(self, told: House) -> None:
        person, accounts = await signed_up(told), told.services.identity.accounts
        await believed(told)
        await accounts.holder(person.email)
        looks = Looks("user_email")
        assert await accounts.holder(person.email) == person.id
        assert looks.since() == {"hit": 1}

    async def test_nobody_has_is_found_as_fast_and_somebodys_once_they_register(self, told: House) -> None:
        email, accounts = someone(), told.services.identity.accounts
        await accounts.holder(email)
        looks = Looks("user_email")
        assert await accounts.holder(email) is None
        assert looks.since() == {"hit": 1}
        person = await signed_up(told, email)
        assert await accounts.holder(email) == person.id  # whatever the consumers have come to

    def test_once_taken_is_never_given_back(self) -> None:
        """What is kept about it for an hour rests on this: whoever lets go of an address lets KeyedAccounts know."""
        from adapters.settings import ROOT

        releasing = [path for path in (ROOT / "application").rglob("*.py") if ".release(" in path.read_text()]
        assert releasing
        assert not [path for path in releasing if "email" in path.read_text().lower()]
        assert UserRegistered.TOPIC in (families.USER_EMAIL.sources[0].topics or ())
        assert KeyedAccounts.__doc__ is not None
        assert "never given back" in KeyedAccounts.__doc__
        assert PLATFORM


class TestARunner:
    async def test_tells_of_everything_its_read_models_change(self, ground: Ground, redis_url: str) -> None:
        """Two houses over one database, one with the cache and one without, always answer the same."""
        async with open_told(ground, redis_url) as kept, open_house(ground, "redis://127.0.0.1:1/0") as straight:
            straight.tenant = kept.tenant
            finance, plain = kept.client("finance_billing"), straight.client("finance_billing")
            ids: list[str] = []
            for step in range(24):
                if step % 3 == 0 or not ids:
                    made = await finance.post(PLANS, json=BASIC | {"name": f"Plan {step}"})
                    ids.append(data(made, 201)["id"])
                elif step % 3 == 1:
                    made = await finance.put(f"{PLANS}/{ids[-1]}", json=BASIC | {"amount": str(step)})
                else:
                    made = await finance.delete(f"{PLANS}/{ids[step % len(ids)]}")
                if not made.is_success:
                    continue
                wait = after(made)
                for target in (PLANS, f"{PLANS}?archived=true", *(f"{PLANS}/{each}" for each in ids)):
                    answers = [await client.get(target, headers=wait) for client in (plain, finance, finance)]
                    assert len({str(data(answer)) for answer in answers}) == 1, target


def test_a_stopped_projector_leaves_no_thread(ground: Ground, redis_url: str) -> None:
    from adapters.settings import Settings

    settings = Settings(state=ground.state, database_url=ground.database_url, redis_url=redis_url)
    with projecting(settings, redis_url):
        pass
    assert "projector" not in {thread.name for thread in threading.enumerate()}
