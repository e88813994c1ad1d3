"""A person's keys end everywhere: rows stay, memory forgets within a second, and silence closes the vault."""

import asyncio
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.logins import Role, url_for
from adapters.postgres.key_store import ATTEMPTS, KeyStore
from adapters.postgres.watch import RevocationWatch
from adapters.settings import Settings
from adapters.vault import vault
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import PersonErased
from application.ports.event_store import StoreUnavailable
from domain.kernel.errors import Kind
from domain.kernel.event import Erased, Retention
from tests.adapters.sample import OTHER_TENANT, TENANT, Noted, Opened, commit, opened

BOUND_SECONDS = 1.0


async def note(its: Opened, person: Any) -> Any:
    """Record a note about a person; return the stream it stands in."""
    stream = uuid7()
    await its.store.append(commit(stream, Noted(person_id=person, note="private")))
    return stream


async def read(its: Opened, stream: Any) -> Any:
    """Return what the note of a stream reads as."""
    (found,) = await its.streams.read(TENANT, stream, opened=True)
    assert isinstance(found.event, Noted)
    return found.event.note


async def becomes(its: Opened, stream: Any, wanted: object) -> float:
    """Return the seconds until a note reads as ``wanted``."""
    started = time.monotonic()
    while await read(its, stream) != wanted:
        assert time.monotonic() - started < 10
        await asyncio.sleep(0.02)
    return time.monotonic() - started


class TestDestroyedKey:
    async def test_leaves_its_row_as_a_tombstone_and_says_the_same_when_destroyed_again(
        self, database_url: str, tmp_path: Path
    ) -> None:
        person = uuid7()
        async with opened(database_url, tmp_path) as its:
            stream = await note(its, person)
            first = await its.keys.destroy(its.key_pool, TENANT, person)
            assert {d.retention for d in first} == set(Retention)
            assert await its.keys.destroy(its.key_pool, TENANT, person) == first
            assert await read(its, stream) == Erased()
        with psycopg.connect(database_url) as connection:
            rows = connection.execute(
                "SELECT key_id, wrapped FROM vault.data_keys WHERE subject_id = %s", (person,)
            ).fetchall()
        assert {row[0] for row in rows} == {d.key_id for d in first}
        assert all(row[1] is None for row in rows)

    async def test_refuses_whatever_is_to_be_added_in_its_class_and_in_no_other(
        self, database_url: str, tmp_path: Path
    ) -> None:
        seen, unseen = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            await note(its, seen)
            for person in (seen, unseen):
                await its.keys.destroy(its.key_pool, TENANT, person, [Retention.CLINICAL])
                with pytest.raises(PersonErased) as refused:
                    await note(its, person)
                assert refused.value.kind is Kind.GONE
                owner = (TENANT, person, Retention.BILLING)
                await its.keys.obtain(its.key_pool, [owner])
                assert its.vault.key_for(*owner).cipher is not None
            await its.keys.obtain(its.key_pool, [(OTHER_TENANT, seen, Retention.CLINICAL)])
            assert its.vault.key_for(OTHER_TENANT, seen, Retention.CLINICAL).cipher is not None

    async def test_is_never_the_tenants_own(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            with pytest.raises(psycopg.errors.CheckViolation):
                await its.keys.destroy(its.key_pool, TENANT, TENANT)

    def test_is_back_when_the_transaction_that_destroys_it_fails(self, database_url: str, tmp_path: Path) -> None:
        async def noted() -> tuple[Any, Any]:
            async with opened(database_url, tmp_path) as its:
                return its.keys, await note(its, person)

        person = uuid7()
        keys, _ = asyncio.run(noted())
        count = "SELECT count(*) FROM vault.data_keys WHERE subject_id = %s AND wrapped IS NULL"
        with psycopg.connect(database_url, autocommit=True) as connection:
            with connection.transaction(force_rollback=True):
                assert len(keys.destroy_now(connection, TENANT, person)) == len(Retention)
            assert connection.execute(count, (person,)).fetchone() == (0,)
            keys.obtain_now(connection, [(TENANT, person, Retention.CLINICAL)])
            assert keys.vault.key_for(TENANT, person, Retention.CLINICAL).cipher is not None


class TestClosedPerson:
    async def test_reads_as_erased_and_takes_nothing_until_opened_again(
        self, database_url: str, tmp_path: Path
    ) -> None:
        person, newcomer = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            stream = await note(its, person)
            for who in (person, newcomer):
                await its.keys.close_subject(its.key_pool, TENANT, who)
                with pytest.raises(PersonErased):
                    await note(its, who)
            assert await read(its, stream) == Erased()
            await its.keys.reopen_subject(its.key_pool, TENANT, person)
            assert await read(its, stream) == "private"
            await its.keys.reopen_subject(its.key_pool, TENANT, newcomer)
            assert await read(its, await note(its, newcomer)) == "private"

    async def test_stays_erased_when_opened_after_the_keys_were_destroyed(
        self, database_url: str, tmp_path: Path
    ) -> None:
        person = uuid7()
        async with opened(database_url, tmp_path) as its:
            stream = await note(its, person)
            await its.keys.close_subject(its.key_pool, TENANT, person)
            await its.keys.destroy(its.key_pool, TENANT, person)
            await its.keys.reopen_subject(its.key_pool, TENANT, person)
            assert await read(its, stream) == Erased()


class TestOtherProcess:
    async def test_follows_within_a_second_every_way(self, database_url: str, tmp_path: Path) -> None:
        person = uuid7()
        async with opened(database_url, tmp_path) as one, opened(database_url, tmp_path) as other:
            stream = await note(one, person)
            assert await becomes(other, stream, "private") < BOUND_SECONDS
            acts: list[tuple[Any, object]] = [
                (one.keys.close_subject, Erased()),
                (one.keys.reopen_subject, "private"),
                (one.keys.destroy, Erased()),
            ]
            for act, wanted in acts:
                await act(one.key_pool, TENANT, person)
                assert await becomes(other, stream, wanted) < BOUND_SECONDS

    async def test_forgets_also_while_nobody_asks_it_for_anything(self, database_url: str, tmp_path: Path) -> None:
        owner = (TENANT, uuid7(), Retention.CLINICAL)
        async with opened(database_url, tmp_path) as one, opened(database_url, tmp_path) as other:
            watch = RevocationWatch(other.key_pool, other.keys)
            watch.start()
            await other.keys.obtain(other.key_pool, [owner])
            assert other.vault.missing([owner]) == []
            await one.keys.destroy(one.key_pool, owner[0], owner[1])
            await asyncio.sleep(BOUND_SECONDS)
            assert other.vault.missing([owner]) == [owner]
            await watch.close()

    async def test_does_not_keep_a_key_it_read_just_before_it_was_revoked(
        self, database_url: str, tmp_path: Path
    ) -> None:
        owner = (TENANT, uuid7(), Retention.CLINICAL)
        async with opened(database_url, tmp_path) as one, opened(database_url, tmp_path) as other:
            await one.keys.obtain(one.key_pool, [owner])
            key, before = one.vault.key_for(*owner), one.vault.heard
            assert before is not None
            await other.keys.look(other.key_pool)
            await one.keys.destroy(one.key_pool, owner[0], owner[1])
            await other.keys.look(other.key_pool)
            other.vault.learn({owner: key}, before)
            assert other.vault.missing([owner]) == [owner]

    async def test_that_hears_nothing_opens_and_seals_nothing(self, database_url: str, tmp_path: Path) -> None:
        owner = (TENANT, uuid7(), Retention.CLINICAL)
        header = vault.Header(TENANT, uuid7(), 1, "sample.thing.noted", 1)
        async with opened(database_url, tmp_path) as its:
            await its.keys.obtain(its.key_pool, [owner])
            key = its.vault.key_for(*owner)
            sealed = its.vault.seal(key, header, b"{}", b'{"note":"x"}')
            await asyncio.sleep(vault.DEAF_SECONDS + 0.1)
            with pytest.raises(StoreUnavailable):
                its.vault.open(header, key.key_id, sealed)
            with pytest.raises(StoreUnavailable):
                its.vault.seal(key, header, b"{}", b"{}")
            await its.keys.fetch(its.key_pool, owner[0], [key.key_id])
            assert its.vault.open(header, key.key_id, sealed) == '{"note":"x"}'

    async def test_told_of_fewer_revocations_than_it_knew_forgets_every_key(
        self, database_url: str, tmp_path: Path
    ) -> None:
        owner = (TENANT, uuid7(), Retention.CLINICAL)
        async with opened(database_url, tmp_path) as its:
            await its.keys.close_subject(its.key_pool, TENANT, uuid7())
            await its.keys.obtain(its.key_pool, [owner])
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute("DELETE FROM vault.revocations")
            await its.keys.look(its.key_pool)
            assert its.vault.missing([owner]) == [owner]
            await its.keys.obtain(its.key_pool, [owner])
            assert its.vault.key_for(*owner).cipher is not None


class TestRoleOfKeys:
    async def test_may_do_all_of_this_and_change_no_key_row_by_hand(self, database_url: str, tmp_path: Path) -> None:
        owner = (TENANT, uuid7(), Retention.CLINICAL)
        async with opened(database_url, tmp_path) as its:
            await its.keys.obtain(its.key_pool, [owner])
            await its.keys.close_subject(its.key_pool, owner[0], owner[1])
            await its.keys.reopen_subject(its.key_pool, owner[0], owner[1])
            await its.keys.destroy(its.key_pool, owner[0], owner[1])
            as_keys = url_for(Settings(database_url=database_url), Role.KEYS)
            with psycopg.connect(as_keys, autocommit=True) as connection:
                for act in ("INSERT INTO vault.revocations SELECT 9, kind, tenant_id, subject_id, retentions FROM"
                            " vault.revocations LIMIT 1", "UPDATE vault.data_keys SET destroyed_at = NULL",
                            "DELETE FROM vault.data_keys", "DELETE FROM vault.closed"):  # fmt: skip
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(act.encode())


class Overtaken(vault.Vault):
    """A vault of a process so busy that whatever it hears is old when it gets to it; counts what it was told."""

    told = 0

    def stale(self) -> bool:
        return True

    def hear(self, *news: Any) -> None:
        self.told += 1
        super().hear(*news)


class TestProcessThatCannotKeepUp:
    async def test_refuses_for_now_and_does_not_call_a_key_unknown(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            keys = KeyStore(RootKeyFile(tmp_path / "root.key"), Overtaken(), uuid7)
            with pytest.raises(StoreUnavailable):
                await keys.fetch(its.key_pool, TENANT, [])
            with pytest.raises(StoreUnavailable):
                await keys.obtain(its.key_pool, [(TENANT, uuid7(), Retention.CLINICAL)])

    async def test_looks_once_for_all_who_wait(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            busy = Overtaken()
            keys = KeyStore(RootKeyFile(tmp_path / "root.key"), busy, uuid7)
            asked = [keys.fetch(its.key_pool, TENANT, []) for _ in range(200)]
            refused = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(each) for each in refused} == {StoreUnavailable}
            assert busy.told <= 2 * ATTEMPTS
