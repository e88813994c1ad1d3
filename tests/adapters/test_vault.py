"""Personal data opens only in its place, under its person's key, and never again once that key is destroyed."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.vault.alarms import Forged, UnknownKey
from adapters.vault.vault import Header
from application.ports.key_management import WrongRootKey
from domain.kernel.event import Erased, Retention
from tests.adapters.sample import TENANT, Counted, Noted, commit, opened

HEADER = Header(TENANT, uuid7(), 3, "sample.thing.noted", 1)


class TestEnvelope:
    async def test_opens_in_its_place_and_nowhere_else(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            person = uuid7()
            await its.keys.obtain(its.key_pool, [(TENANT, person, Retention.CLINICAL)])
            key = its.vault.key_for(TENANT, person, Retention.CLINICAL)
            sealed = its.vault.seal(key, HEADER, b"{}", b'{"note":"x"}')
            assert its.vault.open(HEADER, key.key_id, sealed) == '{"note":"x"}'
            elsewhere = [
                HEADER._replace(tenant_id=uuid7()),
                HEADER._replace(stream_id=uuid7()),
                HEADER._replace(version=4),
                HEADER._replace(type="sample.thing.counted"),
                HEADER._replace(schema_version=2),
            ]
            for header in elsewhere:
                with pytest.raises(Forged):
                    its.vault.open(header, key.key_id, sealed)

    async def test_altered_anywhere_is_recognised(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            person = uuid7()
            await its.keys.obtain(its.key_pool, [(TENANT, person, Retention.CLINICAL)])
            key = its.vault.key_for(TENANT, person, Retention.CLINICAL)
            sealed = its.vault.seal(key, HEADER, b"{}", b'{"note":"x"}')
            for place in range(len(sealed)):
                altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
                with pytest.raises(Forged):
                    its.vault.open(HEADER, key.key_id, altered)


class TestEveryEvent:
    @pytest.mark.parametrize("event", [Counted(amount=7), Noted(person_id=uuid7(), note="private")])
    @pytest.mark.parametrize(
        "act",
        [
            "data = replace(data::text, '7', '8')::json, stream_id = stream_id",
            "data = (left(data::text, -1) || ' }')::json",
            "sealed = NULL",
            "sealed = sealed || '\\x00'",
            "schema_version = 1, version = 2",
        ],
    )
    async def test_is_vouched_for_whole_whether_it_is_personal_or_not(
        self, event: Counted | Noted, act: LiteralString, database_url: str, tmp_path: Path
    ) -> None:
        if isinstance(event, Noted) and "'7'" in act:
            act = "data = replace(data::text, '-', '_')::json"
        stream = uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, event))
            assert [r.event for r in await its.streams.read(TENANT, stream, opened=True)] == [event]
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(f"UPDATE event_store.events SET {act} WHERE stream_id = %s", (stream,))
            with pytest.raises(Forged):
                await its.streams.read(TENANT, stream, opened=True)


class TestKeys:
    async def test_are_one_per_person_and_retention_class_and_found_again(
        self, database_url: str, tmp_path: Path
    ) -> None:
        one, two = uuid7(), uuid7()
        owners = [
            (TENANT, one, Retention.CLINICAL),
            (TENANT, one, Retention.BILLING),
            (TENANT, two, Retention.CLINICAL),
        ]
        async with opened(database_url, tmp_path) as its:
            await its.keys.obtain(its.key_pool, owners)
            ids = [its.vault.key_for(*owner).key_id for owner in owners]
            assert len(set(ids)) == 3
        async with opened(database_url, tmp_path) as again:
            await again.keys.obtain(again.key_pool, owners)
            assert [again.vault.key_for(*owner).key_id for owner in owners] == ids

    async def test_lie_wrapped_and_open_only_under_their_root_key(self, database_url: str, tmp_path: Path) -> None:
        owner = (TENANT, uuid7(), Retention.PROFILE)
        async with opened(database_url, tmp_path) as its:
            await its.keys.obtain(its.key_pool, [owner])
        (tmp_path / "root.key").unlink()
        async with opened(database_url, tmp_path) as other:
            with pytest.raises(WrongRootKey):
                await other.keys.obtain(other.key_pool, [owner])

    @pytest.mark.requirement("R435")
    async def test_are_of_256_bits(self, database_url: str, tmp_path: Path) -> None:
        """Of AES, and the root key like those it wraps: a wrapped key is eight bytes longer (RFC 3394)."""
        async with opened(database_url, tmp_path) as its:
            await its.keys.obtain(its.key_pool, [(TENANT, uuid7(), Retention.CLINICAL)])
        with psycopg.connect(database_url) as connection:
            rows = connection.execute("SELECT DISTINCT octet_length(wrapped) * 8 FROM vault.data_keys").fetchall()
        assert rows == [(256 + 64,)]

    async def test_that_were_never_there_stop_everything(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            with pytest.raises(UnknownKey):
                await its.keys.fetch(its.key_pool, TENANT, [uuid7()])

    async def test_once_destroyed_leave_events_that_read_as_erased(self, database_url: str, tmp_path: Path) -> None:
        stream, person = uuid7(), uuid7()
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(stream, Noted(person_id=person, note="private")))
            await its.keys.destroy(its.key_pool, TENANT, person)
            read = await its.streams.read(TENANT, stream, opened=True)
            assert read[0].event == Noted(person_id=person, note=Erased())
            assert await its.streams.open(TENANT, [read[0].copy]) == [None]
