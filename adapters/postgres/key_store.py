"""Data keys in PostgreSQL, wrapped; the same statements for the asynchronous and the synchronous side."""

import secrets
from collections.abc import Callable, Generator, Sequence
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from psycopg_pool import AsyncConnectionPool

from adapters.vault.vault import DataKey, Owner, UnknownKey, Vault
from application.ports.key_management import KeyManagement
from domain.kernel.event import Retention

KEY_BYTES = 32
FIRST_EPOCH = 1
Step = Generator[tuple[bytes, dict[str, Any]], list[tuple[Any, ...]], Any]

_TENANT_KEYS = b"""SELECT tenant_id, epoch, wrapped FROM vault.tenant_keys
    WHERE tenant_id = ANY(%(tenants)s) ORDER BY epoch"""
_NEW_TENANT_KEYS = b"""INSERT INTO vault.tenant_keys (tenant_id, epoch, wrapped)
    SELECT * FROM unnest(%(tenants)s::uuid[], %(epochs)s::int[], %(wrapped)s::bytea[]) ON CONFLICT DO NOTHING
    RETURNING tenant_id"""
_OWNED = b"""SELECT k.key_id, k.tenant_id, k.subject_id, k.retention, k.epoch, k.wrapped FROM vault.data_keys k
    JOIN unnest(%(tenants)s::uuid[], %(subjects)s::uuid[], %(retentions)s::text[]) AS w(tenant, subject, retention)
    ON (k.tenant_id, k.subject_id, k.retention) = (w.tenant, w.subject, w.retention)"""
_NEW_DATA_KEYS = b"""INSERT INTO vault.data_keys (key_id, tenant_id, subject_id, retention, epoch, wrapped)
    SELECT * FROM unnest(%(keys)s::uuid[], %(tenants)s::uuid[], %(subjects)s::uuid[], %(retentions)s::text[],
                         %(epochs)s::int[], %(wrapped)s::bytea[])
    ORDER BY 2, 3, 4 ON CONFLICT DO NOTHING RETURNING key_id"""
_BY_ID = b"""SELECT key_id, tenant_id, subject_id, retention, epoch, wrapped FROM vault.data_keys
    WHERE key_id = ANY(%(keys)s)"""


class KeyStore:
    """Obtains keys for owners (making those that are not there) and fetches keys by id, into a vault."""

    def __init__(self, management: KeyManagement, vault: Vault, new_id: Callable[[], UUID]) -> None:
        self.vault = vault
        self._management = management
        self._new_id = new_id
        self._tenant_keys: dict[tuple[UUID, int], bytes] = {}
        self._epochs: dict[UUID, int] = {}

    async def obtain(self, pool: AsyncConnectionPool[Any], owners: Sequence[Owner]) -> None:
        """Make sure the vault holds a key for each owner."""
        if missing := self.vault.missing(owners):
            await _drive(pool, self._obtain(missing))

    async def fetch(self, pool: AsyncConnectionPool[Any], key_ids: Sequence[UUID | None]) -> None:
        """Make sure the vault holds each key. Raises UnknownKey for an id that was never there."""
        if missing := self.vault.missing_ids(key_ids):
            await _drive(pool, self._fetch(missing))

    def obtain_now(self, connection: psycopg.Connection[Any], owners: Sequence[Owner]) -> None:
        """As :meth:`obtain`, on a synchronous connection."""
        if missing := self.vault.missing(owners):
            _drive_now(connection, self._obtain(missing))

    def fetch_now(self, connection: psycopg.Connection[Any], key_ids: Sequence[UUID | None]) -> None:
        """As :meth:`fetch`, on a synchronous connection."""
        if missing := self.vault.missing_ids(key_ids):
            _drive_now(connection, self._fetch(missing))

    def _obtain(self, owners: list[Owner]) -> Step:
        wanted = {
            "tenants": [o[0] for o in owners],
            "subjects": [o[1] for o in owners],
            "retentions": [str(o[2]) for o in owners],
        }
        rows = yield _OWNED, wanted
        have = {(r[1], r[2], Retention(r[3])) for r in rows}
        absent = [owner for owner in owners if owner not in have]
        if absent:
            yield from self._tenants({o[0] for o in absent})
            epochs = [self._epochs[o[0]] for o in absent]
            yield (
                _NEW_DATA_KEYS,
                {
                    "keys": [self._new_id() for _ in absent],
                    "tenants": [o[0] for o in absent],
                    "subjects": [o[1] for o in absent],
                    "retentions": [str(o[2]) for o in absent],
                    "epochs": epochs,
                    "wrapped": [
                        aes_key_wrap(self._tenant_keys[(o[0], epoch)], secrets.token_bytes(KEY_BYTES))
                        for o, epoch in zip(absent, epochs, strict=True)
                    ],
                },
            )
            rows = yield _OWNED, wanted
        yield from self._tenants({r[1] for r in rows})
        self.vault.learn({(r[1], r[2], Retention(r[3])): self._opened(r) for r in rows})

    def _fetch(self, key_ids: list[UUID]) -> Step:
        rows = yield _BY_ID, {"keys": key_ids}
        if len(rows) < len(key_ids):
            raise UnknownKey(f"{len(key_ids) - len(rows)} data keys named by events are not in the key store")
        yield from self._tenants({r[1] for r in rows})
        self.vault.learn_ids({r[0]: self._opened(r) for r in rows})

    def _tenants(self, tenants: set[UUID]) -> Step:
        absent = sorted(tenants - self._epochs.keys())
        if not absent:
            return
        rows = yield _TENANT_KEYS, {"tenants": absent}
        new = sorted(set(absent) - {r[0] for r in rows})
        if new:
            wrapped = [self._management.wrap(secrets.token_bytes(KEY_BYTES)) for _ in new]
            yield _NEW_TENANT_KEYS, {"tenants": new, "epochs": [FIRST_EPOCH] * len(new), "wrapped": wrapped}
            rows = yield _TENANT_KEYS, {"tenants": absent}
        for tenant_id, epoch, key in rows:
            self._tenant_keys[(tenant_id, epoch)] = self._management.unwrap(bytes(key))
            self._epochs[tenant_id] = epoch

    def _opened(self, row: tuple[Any, ...]) -> DataKey:
        key_id, tenant_id, _, _, epoch, wrapped = row
        if wrapped is None:
            return DataKey(key_id, None)
        return DataKey(key_id, AESGCM(aes_key_unwrap(self._tenant_keys[(tenant_id, epoch)], bytes(wrapped))))


async def _drive(pool: AsyncConnectionPool[Any], steps: Step) -> None:
    async with pool.connection() as connection:
        try:
            statement, parameters = next(steps)
            while True:
                cursor = await connection.execute(statement, parameters)
                statement, parameters = steps.send(await cursor.fetchall())
        except StopIteration:
            return


def _drive_now(connection: psycopg.Connection[Any], steps: Step) -> None:
    try:
        statement, parameters = next(steps)
        while True:
            statement, parameters = steps.send(connection.execute(statement, parameters).fetchall())
    except StopIteration:
        return
