"""The tenants' keys, one per epoch, opened by the root key and kept in memory for a while."""

import secrets
from collections.abc import Collection
from functools import partial
from typing import NamedTuple
from uuid import UUID

from adapters.postgres.steps import Step
from adapters.vault.cache import Cache
from application.ports.key_management import KeyManagement

KEY_BYTES = 32
FIRST_EPOCH = 1
CACHED_TENANTS = 10_000

_LIVE = b"""SELECT tenant_id, epoch, wrapped FROM vault.tenant_keys
    WHERE tenant_id = ANY(%(tenants)s) AND wrapped IS NOT NULL ORDER BY epoch"""
_ADD = b"""INSERT INTO vault.tenant_keys (tenant_id, epoch, wrapped)
    VALUES (%(tenant)s, %(epoch)s, %(wrapped)s) ON CONFLICT DO NOTHING RETURNING epoch"""


class Epochs(NamedTuple):
    """A tenant's opened keys by epoch; new data keys are wrapped under the newest."""

    newest: int
    by_epoch: dict[int, bytes]


class TenantKeys:
    """Opens and makes tenants' keys. Calls on the key management are few: one per tenant and five minutes."""

    def __init__(self, management: KeyManagement) -> None:
        self._management = management
        self._opened: Cache[UUID, Epochs] = Cache(CACHED_TENANTS)

    def of(self, tenant_id: UUID) -> Epochs | None:
        """Return a tenant's keys in memory."""
        return self._opened.get(tenant_id)

    def key(self, tenant_id: UUID, epoch: int | None) -> bytes | None:
        """Return the key of an epoch if it is in memory."""
        epochs = self.of(tenant_id)
        return epochs.by_epoch.get(epoch) if epochs and epoch is not None else None

    def forget(self, tenants: Collection[UUID]) -> None:
        """Drop tenants' keys from memory, and whatever has expired."""
        for tenant_id in tenants:
            self._opened.drop(tenant_id)
        self._opened.sweep()

    def load(self, tenants: Collection[UUID]) -> Step:
        """Read the keys of tenants that are not in memory; a tenant that has none gets its first."""
        absent = [tenant for tenant in sorted(tenants) if self.of(tenant) is None]
        if not absent:
            return
        rows = yield _LIVE, {"tenants": absent}
        new = sorted(set(absent) - {row[0] for row in rows})
        if new:
            for tenant_id in new:
                yield from self.add(tenant_id, FIRST_EPOCH)
            rows = yield _LIVE, {"tenants": absent}
        found: dict[UUID, dict[int, bytes]] = {}
        for tenant_id, epoch, wrapped in rows:
            unwrap = partial(self._management.unwrap, bytes(wrapped), bound_to(tenant_id, epoch))
            found.setdefault(tenant_id, {})[epoch] = yield unwrap
        for tenant_id, by_epoch in found.items():
            self._opened.put(tenant_id, Epochs(max(by_epoch), by_epoch))

    def add(self, tenant_id: UUID, epoch: int) -> Step:
        """Make a tenant's key of an epoch; return whether it was not there already."""
        wrapped = yield partial(self._management.wrap, secrets.token_bytes(KEY_BYTES), bound_to(tenant_id, epoch))
        rows = yield _ADD, {"tenant": tenant_id, "epoch": epoch, "wrapped": wrapped}
        return bool(rows)


def bound_to(tenant_id: UUID, epoch: int) -> dict[str, str]:
    """Return what a tenant's wrapped key is bound to: elsewhere it does not open."""
    return {"tenant": str(tenant_id), "epoch": str(epoch)}
