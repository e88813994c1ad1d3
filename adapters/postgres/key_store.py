"""Data keys in PostgreSQL, wrapped; the same steps for the asynchronous side, which acts in one tenant at a time, and
the synchronous one, whose connections mean every tenant."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from psycopg_pool import AsyncConnectionPool

from adapters.postgres import revocations
from adapters.postgres.revocations import ALL, Destroyed
from adapters.postgres.rotation import promise
from adapters.postgres.steps import Step, drive, drive_now
from adapters.postgres.tenant_keys import KEY_BYTES, TenantKeys
from adapters.vault.alarms import unknown_key
from adapters.vault.tokens import search_key
from adapters.vault.vault import DataKey, Owner, Vault
from application.ports.event_store import StoreUnavailable
from application.ports.key_management import KeyManagement
from domain.kernel.event import Retention

#: Keys may be revoked, and epochs end, between reading and using: then they are read again.
ATTEMPTS = 12

_OBTAIN = b"""SELECT * FROM vault.obtain_keys(%(tenants)s::uuid[], %(subjects)s::uuid[], %(retentions)s::text[],
    %(epochs)s::int[], %(keys)s::uuid[], %(wrapped)s::bytea[])"""
_BY_ID = b"""SELECT vault.last_revocation(),
        k.key_id, k.tenant_id, k.subject_id, k.retention, k.epoch, k.wrapped,
        EXISTS (SELECT FROM vault.closed c
                WHERE (c.tenant_id, c.subject_id, c.retention) = (k.tenant_id, k.subject_id, k.retention))
    FROM vault.data_keys k WHERE k.key_id = ANY(%(keys)s)"""


class KeyRow(NamedTuple):
    """A data key as the database tells it; ``as_of`` is the last revocation it certainly knew of."""

    as_of: int
    key_id: UUID
    tenant_id: UUID
    subject_id: UUID
    retention: str
    epoch: int | None
    wrapped: bytes | None
    closed: bool


class KeyStore:
    """Obtains keys for owners (making those that are not there) and fetches keys by id, into a vault.

    A key that was destroyed or closed anywhere is in use here for one second at most: whoever asks for keys has
    looked for revocations at most 0.8 s before. ``even_closed`` lets closed keys be opened: for what works on data
    without showing it to anyone, and for the erasure itself. ``destroyed`` are keys to take for destroyed whatever the
    database says: it may be an old one.
    """

    def __init__(
        self,
        management: KeyManagement,
        vault: Vault,
        new_id: Callable[[], UUID],
        *,
        even_closed: bool = False,
        destroyed: Collection[UUID] = (),
    ) -> None:
        self.vault = vault
        self._new_id = new_id
        self._management = management
        self._even_closed = even_closed
        self._destroyed = frozenset(destroyed)
        self._tenants = TenantKeys(management)
        self._looking: asyncio.Future[None] | None = None

    async def obtain(self, pool: AsyncConnectionPool[Any], owners: Collection[Owner]) -> None:
        """Make sure the vault holds a key for each owner; a destroyed or closed one is held as such.

        No other task runs between the check that all are there and the return.
        """
        for _ in range(ATTEMPTS):
            if self.vault.stale():
                await self._freshened(pool)
            elif not self.vault.missing(owners):
                return
            else:
                for tenant_id, theirs in _by_tenant(owners).items():
                    await drive(pool, self._obtain(theirs), tenant_id)
        raise self._beyond_reach(self.vault.missing(owners))

    async def fetch(self, pool: AsyncConnectionPool[Any], tenant_id: UUID, key_ids: Collection[UUID | None]) -> None:
        """Make sure the vault holds each key of a tenant. Raises UnknownKey for an id that was never there."""
        for _ in range(ATTEMPTS):
            if self.vault.stale():
                await self._freshened(pool)
            elif not self.vault.missing_ids(key_ids):
                return
            else:
                await drive(pool, self._fetch(key_ids), tenant_id)
        raise self._beyond_reach(self.vault.missing_ids(key_ids))

    def obtain_now(self, connection: psycopg.Connection[Any], owners: Collection[Owner]) -> None:
        """As :meth:`obtain`, on a synchronous connection."""
        for _ in range(ATTEMPTS):
            if not self.vault.stale() and not self.vault.missing(owners):
                return
            drive_now(connection, self._obtain(owners))
        raise self._beyond_reach(self.vault.missing(owners))

    def fetch_now(self, connection: psycopg.Connection[Any], key_ids: Collection[UUID | None]) -> None:
        """As :meth:`fetch`, on a synchronous connection."""
        for _ in range(ATTEMPTS):
            if not self.vault.stale() and not self.vault.missing_ids(key_ids):
                return
            drive_now(connection, self._fetch(key_ids))
        raise self._beyond_reach(self.vault.missing_ids(key_ids))

    async def look(self, pool: AsyncConnectionPool[Any]) -> None:
        """Forget what was revoked since the last look."""
        await drive(pool, self._look())

    async def _freshened(self, pool: AsyncConnectionPool[Any]) -> None:
        """Look once for all who wait for it: were each to look, a process in a hurry would never catch up."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self.look(pool))
        await asyncio.shield(self._looking)

    async def destroy(
        self, pool: AsyncConnectionPool[Any], tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention] = ALL
    ) -> list[Destroyed]:
        """Destroy a person's keys for good; every process has forgotten them a second after the commit.

        A class that never had a key cannot get one any more. Repeated, it says the same. Rows are never deleted.
        """
        steps = revocations.destruction(tenant_id, subject_id, retentions)
        result: list[Destroyed] = await drive(pool, steps, tenant_id)
        await self.look(pool)
        return result

    def destroy_now(
        self,
        connection: psycopg.Connection[Any],
        tenant_id: UUID,
        subject_id: UUID,
        retentions: Collection[Retention] = ALL,
    ) -> list[Destroyed]:
        """As :meth:`destroy`, on a synchronous connection and in its transaction, if it is in one."""
        result: list[Destroyed] = drive_now(connection, revocations.destruction(tenant_id, subject_id, retentions))
        self.vault.drop([(tenant_id, subject_id, d.retention) for d in result], [d.key_id for d in result])
        return result

    async def close_subject(
        self, pool: AsyncConnectionPool[Any], tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention] = ALL
    ) -> None:
        """Let a person's data read as erased, and nothing be added to it, although the keys are there.

        It holds everywhere one second after the commit, until :meth:`reopen_subject`.
        """
        await drive(pool, revocations.closing(tenant_id, subject_id, retentions), tenant_id)
        await self.look(pool)

    async def reopen_subject(
        self, pool: AsyncConnectionPool[Any], tenant_id: UUID, subject_id: UUID, retentions: Collection[Retention] = ALL
    ) -> None:
        """Take :meth:`close_subject` back; everywhere within a second. What was destroyed stays so."""
        await drive(pool, revocations.reopening(tenant_id, subject_id, retentions), tenant_id)
        await self.look(pool)

    async def promised_by(self, pool: AsyncConnectionPool[Any], tenant_id: UUID, period: timedelta) -> datetime:
        """Return when copies made until now of a tenant's wrapped keys can no longer be opened: what an erasure may
        promise. ``period`` is the time between two rotations."""
        promised: datetime = await drive(pool, promise(self._management, tenant_id, period), tenant_id)
        return promised

    def _beyond_reach(self, missing: Collection[object]) -> Exception:
        if not missing or self.vault.stale():
            return StoreUnavailable("There is too much to do now to make sure of keys in time. Try again.")
        return unknown_key(
            "data keys cannot be opened: their tenants' keys are gone, or change all the time", len(missing)
        )

    def _look(self) -> Step:
        after, now = self.vault.heard, monotonic()
        latest, revoked, rotated = yield from revocations.since(after)
        self._tenants.forget(rotated)
        self.vault.hear(after, latest, revoked, now)

    def _obtain(self, owners: Collection[Owner]) -> Step:
        if self.vault.stale():
            yield from self._look()
        missing = self.vault.missing(owners)
        if not missing:
            return
        tenants = {owner[0] for owner in missing}
        yield from self._tenants.load(tenants)
        held = [(owner, keys) for owner in missing if (keys := self._tenants.of(owner[0]))]
        rows = yield (
            _OBTAIN,
            {
                "tenants": [o[0] for o, _ in held],
                "subjects": [o[1] for o, _ in held],
                "retentions": [str(o[2]) for o, _ in held],
                "epochs": [keys.newest for _, keys in held],
                "keys": [self._new_id() for _ in held],
                "wrapped": [
                    aes_key_wrap(keys.by_epoch[keys.newest], secrets.token_bytes(KEY_BYTES)) for _, keys in held
                ],
            },
        )
        if len(rows) < len(missing):  # a new epoch has begun meanwhile: what was offered lies under an old one
            self._tenants.forget(tenants)
        yield from self._learn([KeyRow(*row) for row in rows])

    def _fetch(self, key_ids: Collection[UUID | None]) -> Step:
        if self.vault.stale():
            yield from self._look()
        missing = self.vault.missing_ids(key_ids)
        if not missing:
            return
        rows = yield _BY_ID, {"keys": missing}
        if len(rows) < len(missing):
            count = len(missing) - len(rows)
            raise unknown_key(f"{count} data keys named by events are not in the key store", count)
        found = [KeyRow(*row) for row in rows]
        yield from self._tenants.load({row.tenant_id for row in found})
        yield from self._learn(found)

    def _learn(self, rows: Sequence[KeyRow]) -> Step:
        tenants = self._tenants
        unknown = {r.tenant_id for r in rows if self._opens(r) and tenants.key(r.tenant_id, r.epoch) is None}
        tenants.forget(unknown)
        yield from tenants.load(unknown)
        keys: dict[Owner, DataKey] = {}
        for row in rows:
            tenant_key = tenants.key(row.tenant_id, row.epoch)
            owner = (row.tenant_id, row.subject_id, Retention(row.retention))
            if not self._opens(row):
                keys[owner] = DataKey(row.key_id, None)
            elif tenant_key is not None and row.wrapped is not None:
                key = aes_key_unwrap(tenant_key, bytes(row.wrapped))
                keys[owner] = DataKey(row.key_id, AESGCM(key), search_key(key) if owner[0] == owner[1] else None)
        if rows and not self.vault.learn(keys, min(row.as_of for row in rows)):
            yield from self._look()

    def _opens(self, row: KeyRow) -> bool:
        alive = row.wrapped is not None and row.key_id not in self._destroyed
        return alive and (self._even_closed or not row.closed)


def _by_tenant(owners: Collection[Owner]) -> dict[UUID, list[Owner]]:
    found = defaultdict[UUID, list[Owner]](list)
    for owner in owners:
        found[owner[0]].append(owner)
    return found
