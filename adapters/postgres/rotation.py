"""Tenants' keys change on a beat: what was wrapped before is wrapped anew, and the old keys, and so old copies, end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from adapters.postgres.steps import Step, drive_now
from adapters.postgres.tenant_keys import TenantKeys, bound_to
from application.ports.key_management import KeyManagement

BATCH = 500
WAIT_SECONDS = 0.01
#: A copy made just before a beat is promised to be dead when the next beat must long be over.
GRACE = timedelta(days=1)

_LOCK = b"SELECT pg_try_advisory_lock(hashtextextended('vault.rotation', 0))"
_UNLOCK = b"SELECT pg_advisory_unlock(hashtextextended('vault.rotation', 0))"
_TENANTS = b"SELECT DISTINCT tenant_id FROM vault.tenant_keys ORDER BY tenant_id"
_DUE = b"""SELECT tenant_id FROM vault.tenant_keys WHERE wrapped IS NOT NULL GROUP BY tenant_id
    HAVING max(created_at) < %(before)s OR (count(*) > 1 AND %(begun)s) ORDER BY max(created_at), tenant_id"""
_LIVE = b"SELECT tenant_id, epoch, wrapped FROM vault.tenant_keys WHERE wrapped IS NOT NULL ORDER BY tenant_id, epoch"
# What is locked is being destroyed or wrapped anew by someone else: it is looked at again before the epoch ends.
_OLD = b"""SELECT key_id, epoch, wrapped FROM vault.data_keys
    WHERE tenant_id = %(tenant)s AND epoch < %(newest)s AND wrapped IS NOT NULL
    LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED"""
_WRAP = b"""UPDATE vault.data_keys k SET epoch = %(newest)s, wrapped = w.wrapped
    FROM unnest(%(keys)s::uuid[], %(wrapped)s::bytea[]) w (key, wrapped) WHERE k.key_id = w.key RETURNING k.key_id"""
_RETIRE = b"SELECT vault.retire_epoch(%(tenant)s, %(epoch)s)"
_WRAP_ROOT = b"""UPDATE vault.tenant_keys SET wrapped = %(new)s
    WHERE (tenant_id, epoch) = (%(tenant)s, %(epoch)s) AND wrapped = %(old)s RETURNING epoch"""
_PROMISE = b"""SELECT max(created_at) FROM vault.tenant_keys WHERE tenant_id = %(tenant)s AND wrapped IS NOT NULL"""


class Turn(NamedTuple):
    """What one turn did: data keys and tenant keys wrapped anew, epochs and root keys ended."""

    data_keys: int = 0
    tenant_keys: int = 0
    epochs: int = 0
    root_keys: int = 0

    def plus(self, other: "Turn") -> "Turn":
        """Return both together."""
        return Turn(*(one + two for one, two in zip(self, other, strict=True)))


class Rotation:
    """Rotates in bounded turns over one autocommit connection. Killed anywhere, run twice or beside writers, it goes on
    where it stood: a tenant with more than one live epoch is one whose rotation is not finished."""

    def __init__(self, connection: psycopg.Connection[Any], management: KeyManagement, batch: int = BATCH) -> None:
        assert connection.autocommit
        self._connection = connection
        self._management = management
        self._tenants = TenantKeys(management)
        self._batch = batch

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Give whether nobody else rotates now; nobody does until the block is left."""
        got = bool(self._one(_LOCK)[0])
        try:
            yield got
        finally:
            if got:
                self._one(_UNLOCK)

    def tenants(self) -> list[UUID]:
        """Return every tenant that has keys."""
        return [row[0] for row in self._connection.execute(_TENANTS).fetchall()]

    def due(self, before: datetime) -> list[UUID]:
        """Return the tenants whose newest epoch began before that, or whose rotation is not finished."""
        return self._older(before, begun=True)

    def late(self, before: datetime) -> list[UUID]:
        """Return the tenants whose newest epoch began before that."""
        return self._older(before, begun=False)

    def beat(self, period: timedelta, now: datetime) -> Turn:
        """Take the next turn of what is due after ``period``: the root key, then one tenant. Turn() when nothing is."""
        self._management.renew(now - period)
        turn = self._follow_root()
        due = self.due(now - period)
        return turn.plus(self.turn(due[0])) if due else turn

    def rotate(self, tenant_id: UUID) -> Turn:
        """Rotate a tenant's epoch to the end."""
        total = turn = self.turn(tenant_id)
        while not turn.epochs:
            if not turn.data_keys:
                time.sleep(WAIT_SECONDS)  # someone else has one of the keys in hand
            turn = self.turn(tenant_id)
            total = total.plus(turn)
        return total

    def rotate_root(self) -> Turn:
        """Wrap every tenant's key under a new root key (or the one the settings name first now)."""
        self._management.renew(datetime.now(UTC))
        return self._follow_root()

    def turn(self, tenant_id: UUID) -> Turn:
        """Wrap a batch of a tenant's data keys anew, under a new epoch if none is begun; at the end retire the old."""
        self._tenants.forget([tenant_id])
        drive_now(self._connection, self._tenants.load([tenant_id]))
        epochs = self._tenants.of(tenant_id)
        assert epochs is not None
        if len(epochs.by_epoch) == 1:
            drive_now(self._connection, self._tenants.add(tenant_id, epochs.newest + 1))
            return self.turn(tenant_id)
        with self._connection.transaction():
            moved: int = drive_now(self._connection, self._move(tenant_id))
        if moved:
            return Turn(data_keys=moved)
        old = sorted(epochs.by_epoch)[:-1]
        ended = [self._one(_RETIRE, {"tenant": tenant_id, "epoch": epoch})[0] for epoch in old]
        return Turn(epochs=len(old) if all(ended) else 0)

    def promised_by(self, tenant_id: UUID, period: timedelta) -> datetime:
        """Return when copies made until now of a tenant's wrapped keys can no longer be opened; see :func:`promise`."""
        promised: datetime = drive_now(self._connection, promise(self._management, tenant_id, period))
        return promised

    def _follow_root(self) -> Turn:
        """Wrap the tenants' keys that lie under an older root key under the newest, and let go what is not needed."""
        moved = 0
        for tenant_id, epoch, wrapped in self._live():
            if self._management.outdated(wrapped):
                key = self._management.unwrap(wrapped, bound_to(tenant_id, epoch))
                new = self._management.wrap(key, bound_to(tenant_id, epoch))
                row = {"tenant": tenant_id, "epoch": epoch, "old": wrapped, "new": new}
                moved += len(self._connection.execute(_WRAP_ROOT, row).fetchall())
        ended = self._management.retire([wrapped for _, _, wrapped in self._live()])
        return Turn(tenant_keys=moved, root_keys=ended)

    def _older(self, before: datetime, *, begun: bool) -> list[UUID]:
        found = self._connection.execute(_DUE, {"before": before, "begun": begun}).fetchall()
        return [row[0] for row in found]

    def _live(self) -> list[tuple[UUID, int, bytes]]:
        return [(row[0], row[1], bytes(row[2])) for row in self._connection.execute(_LIVE).fetchall()]

    def _move(self, tenant_id: UUID) -> Step:
        epochs = self._tenants.of(tenant_id)
        assert epochs is not None
        rows = yield _OLD, {"tenant": tenant_id, "newest": epochs.newest, "limit": self._batch}
        if not rows:
            return 0
        newest = epochs.by_epoch[epochs.newest]
        moved = yield (
            _WRAP,
            {
                "newest": epochs.newest,
                "keys": [key_id for key_id, _, _ in rows],
                "wrapped": [
                    aes_key_wrap(newest, aes_key_unwrap(epochs.by_epoch[epoch], bytes(wrapped)))
                    for _, epoch, wrapped in rows
                ],
            },
        )
        return len(moved)

    def _one(self, statement: bytes, parameters: dict[str, Any] | None = None) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._connection.execute(statement, parameters).fetchone()
        assert row is not None
        return row


def promise(management: KeyManagement, tenant_id: UUID, period: timedelta) -> Step:
    """Return when every copy made until now of a tenant's wrapped keys is dead, with a day to spare.

    By then the tenant's epoch is retired, and so is the root key that wraps it. Where root keys are not ours to end
    (KMS), copies of the whole vault die only with the KMS key; the time is then the end of the epoch.
    """
    rows = yield _PROMISE, {"tenant": tenant_id}
    renewed: datetime | None = yield partial(management.renewed_at)
    epoch_began: datetime = rows[0][0] or datetime.now(UTC)
    return max(epoch_began, renewed or epoch_began) + period + GRACE
