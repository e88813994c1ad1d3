"""Erasure that is cut off at any moment and taken up again ends as if nothing had happened; and so does a restore."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from adapters.bootstrap import open_services
from adapters.embedded.databases import Databases, on_database
from adapters.logins import Role, url_for
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.tree import root_over
from adapters.postgres.feed import PostgresFeed
from adapters.privacy.carrying_out import carry_out, state
from adapters.privacy.journal import JournalDamaged
from adapters.privacy.restored import CannotReplay
from adapters.rebuilding import rebuild_read_model
from adapters.review.opening import reviewing
from adapters.settings import Settings
from application.ports.history import Scope
from application.privacy.request_erasure import RequestErasure
from application.privacy.set_retention_period import SetRetentionPeriod
from domain.kernel.event import Retention
from domain.privacy.kinds import RequestBasis
from tests.api.billing import INVOICES, VISIT
from tests.api.house import Ground, House, open_house, prepare_ground
from tests.privacy.faults import Crash, Fuse, failing_performer
from tests.privacy.people import Known, act, admitted, done, words
from tests.privacy.reading import everything, in_files

PERSONAL = ("patient_timeline", "patient_summary", "directory", "critical_alerts", "invoices")
SPOKEN = ("name", "mail", "allergen", "session", "line", "condition")
_OTHERS = """SELECT md5(string_agg(e::text, '|' ORDER BY e.position)) FROM event_store.events e
    WHERE e.tenant_id = %s AND e.position <= %s"""
_KEYS = """SELECT md5(string_agg(k::text, '|' ORDER BY k.key_id)) FROM vault.data_keys k
    WHERE k.tenant_id = %s AND k.subject_id = ANY(%s)"""
_STUBBORN = """CREATE FUNCTION stubborn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER stubborn BEFORE UPDATE ON vault.data_keys FOR EACH ROW EXECUTE FUNCTION stubborn()"""
_LAST = "SELECT max(position) FROM event_store.events"


async def told_everything(house: House) -> Known:
    """A person with a chart, an invoice and its document, and something of a profile."""
    known = await admitted(house)
    finance = house.client("finance_billing")
    lines = [{**VISIT, "description": words(known.id, "line")}]
    drafted = done(await finance.post(INVOICES, json={"userId": str(known.id), "lines": lines}), 201)
    done(await finance.post(f"{INVOICES}/{drafted['id']}/issue"))
    return known


async def ask(house: House, known: Known) -> UUID:
    command = RequestErasure(person_id=known.id, basis=RequestBasis.GDPR)
    return (await act(house.services, house.tenant, command)).id


async def erase_with_a_crash(house: House, known: Known, moment: int | None) -> int:
    """Carry an erasure out, cut off at a moment and taken up again; return how many moments there were."""
    erasure = await ask(house, known)
    services, fuse = house.services, Fuse(moment)
    try:
        await carry_out(failing_performer(services, fuse), services.streams, house.tenant, erasure)
    except Crash:
        await services.carry_out_erasure(house.tenant, erasure)
    facts = await state(services.streams, house.tenant, erasure)
    assert facts["status"] == "completed", facts
    assert {found["retention"] for found in facts["classes"]} == {"clinical", "billing"}
    return fuse.passed


async def nothing_is_kept(house: House) -> None:
    """Let no law keep anything, so that erasure ends at once."""
    for retention in (Retention.CLINICAL, Retention.BILLING):
        await act(house.services, house.tenant, SetRetentionPeriod(retention=retention, years=0, source="a rule"))


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def one(url: str, query: str, *parameters: Any) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query, parameters).fetchone()
        return found[0] if found else None


async def trial(ground: Ground, redis_url: str, people: int, step: int) -> None:
    """Erase ``people`` at every ``step``-th moment, and look at everything that is left, here and in the backup."""
    async with open_house(ground, redis_url) as house:
        tenant = house.tenant
        await nothing_is_kept(house)
        probe, staying = await told_everything(house), [await told_everything(house) for _ in range(3)]
        moments = await erase_with_a_crash(house, probe, None)
        plan = [moment for moment in range(0, moments, step) for _ in range(people)]
        gone = [await told_everything(house) for _ in plan]
        await house.drain()
        before = _fingerprint(house, staying)
    backup = copied(ground.database_url)
    async with open_house(ground, redis_url) as house:
        house.tenant = tenant
        for known, moment in zip(gone, plan, strict=True):
            await erase_with_a_crash(house, known, moment)
        await house.drain()
        assert _fingerprint(house, staying, before[0]) == before
        await check_left(house, ground.database_url, gone, staying)
        check_log(house)
        check_rebuild(house)
        await check_left(house, ground.database_url, gone, staying)
        assert len({entry.key_id for entry in house.services.journal.entries()}) == 2 * (len(gone) + 1)
    restored = Settings(state=ground.state, database_url=backup, redis_url=redis_url)
    services = await open_services(restored, 4)
    house.services, house.database_url = services, backup
    try:
        await check_left(house, backup, gone, staying)
    finally:
        await services.close()


def _fingerprint(house: House, staying: list[Known], position: int | None = None) -> tuple[int, str, str]:
    upto = position if position is not None else one(house.database_url, _LAST)
    hashed = one(house.database_url, _OTHERS, house.tenant, upto)
    return upto, hashed, one(house.database_url, _KEYS, house.tenant, [known.id for known in staying])


async def check_left(house: House, url: str, gone: list[Known], staying: list[Known]) -> None:
    """Nothing of those who are gone can be read by anyone; those who stay are whole."""
    found = await everything(house.services, url, house.tenant)
    for known in gone:
        # Ids are written with dashes everywhere, so that this can only be part of a canary, in the clear or in hex.
        assert known.id.hex not in found
        assert known.id.hex.encode().hex() not in found
        assert in_files(house.services.settings.state, known.id.hex) == []
    for known in staying:
        assert [what for what in SPOKEN if words(known.id, what) not in found] == []


def check_log(house: House) -> None:
    """The Merkle tree over the tenant's events is the one that was grown, erased or not."""
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        feed = PostgresFeed(connection)
        rows = [row for row in feed.page(0, 1_000_000).rows if row.tenant_id == house.tenant]
        found = connection.execute(
            "SELECT size, root FROM merkle.logs WHERE (kind, tenant_id) = ('events', %s)", (house.tenant,)
        ).fetchone()
    assert found == (len(rows), root_over(map(leaf_hash, rows)))


def check_rebuild(house: House) -> None:
    """Read models filled anew from the whole history are what they were."""
    settings = house.services.settings
    for name in PERSONAL:
        assert all(table.same for table in rebuild_read_model(settings, name, False, lambda done, of: None))


def backup_of(url: str) -> str:
    """Return the URL of a database's backup."""
    return on_database(url, f"{_name(url)}_backup")


def copied(url: str) -> str:
    """Copy a database nobody is connected to, as a backup is; return the copy's URL."""
    with psycopg.connect(on_database(url, "postgres"), autocommit=True) as connection:
        names = (sql.Identifier(_name(each)) for each in (backup_of(url), url))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log").format(*names))
    return backup_of(url)


@pytest.fixture
def own_ground(prepared_databases: Databases, tmp_path: Path) -> Iterator[Ground]:
    """A database and a state directory of this test's own, and room for a backup."""
    url = prepared_databases.fresh()
    yield prepare_ground(url, tmp_path / "state")
    for made in (url, backup_of(url)):
        prepared_databases.drop(made)


class TestErasure:
    async def test_cut_off_anywhere_and_taken_up_again_leaves_nothing_here_nor_in_a_restored_backup(
        self, own_ground: Ground, redis_url: str
    ) -> None:
        await trial(own_ground, redis_url, people=1, step=7)

    @pytest.mark.long
    async def test_cut_off_at_each_moment_for_twenty_people_leaves_nothing(
        self, own_ground: Ground, redis_url: str
    ) -> None:
        await trial(own_ground, redis_url, people=20, step=1)


class TestRestoredBackup:
    async def test_brings_back_no_one_the_journal_names_and_is_not_served_when_it_would(
        self, own_ground: Ground, redis_url: str
    ) -> None:
        known, tenant, journal = await self.restored(own_ground, redis_url)
        backup = backup_of(own_ground.database_url)
        settings = Settings(state=own_ground.state, database_url=backup, redis_url=redis_url)
        ignorant = settings.model_copy(update={"erasure_journal": own_ground.state / "another.jsonl"})
        assert known.id.hex in await self.read(ignorant, tenant), "else this test could not fail"
        with psycopg.connect(backup, autocommit=True) as connection:
            connection.execute(_STUBBORN)
            with pytest.raises(CannotReplay):
                await open_services(settings, 2)
            connection.execute("DROP FUNCTION stubborn CASCADE")
        for given, there in ((ignorant, True), (settings, False)):
            assert (known.id.hex in await self.review(given, tenant, known)) is there
        assert known.id.hex not in await self.read(settings, tenant)
        with journal.open("ab") as file:
            file.write(b"{not a line}\n")
        with pytest.raises(JournalDamaged):
            await open_services(settings, 2)

    async def restored(self, ground: Ground, redis_url: str) -> tuple[Known, UUID, Path]:
        async with open_house(ground, redis_url) as house:
            await nothing_is_kept(house)
            known = await admitted(house)
        copied(ground.database_url)
        async with open_house(ground, redis_url) as again:
            again.tenant = house.tenant
            erasure = await ask(again, known)
            await again.services.carry_out_erasure(again.tenant, erasure)
            return known, again.tenant, again.services.journal.path

    async def review(self, settings: Settings, tenant: UUID, known: Known) -> str:
        async with reviewing(settings, url_for(settings, Role.AUDITOR), url_for(settings, Role.KEYS)) as review:
            scope = Scope(person_id=known.id)
            return str([page async for page in review.events(tenant, scope, lambda topic: True)])

    async def read(self, settings: Settings, tenant: UUID) -> str:
        services = await open_services(settings, 2)
        try:
            return await everything(services, str(settings.database_url), tenant)
        finally:
            await services.close()
