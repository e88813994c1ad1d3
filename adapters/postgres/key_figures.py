"""How many keys there are, by tenant and epoch, and how old: nothing of the keys themselves."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from adapters.postgres.rotation import GRACE

_EPOCHS = """SELECT t.tenant_id, t.epoch, t.created_at, t.destroyed_at,
        (SELECT count(*) FROM vault.data_keys k
         WHERE (k.tenant_id, k.epoch) = (t.tenant_id, t.epoch) AND k.wrapped IS NOT NULL)
    FROM vault.tenant_keys t ORDER BY t.tenant_id, t.epoch"""
_STATUS = """SELECT
    (SELECT count(DISTINCT tenant_id) FROM vault.tenant_keys) AS tenants,
    (SELECT count(*) FROM vault.tenant_keys WHERE wrapped IS NOT NULL) AS epochs_in_use,
    (SELECT count(*) FROM vault.tenant_keys WHERE wrapped IS NULL) AS epochs_ended,
    (SELECT count(*) FROM vault.data_keys WHERE wrapped IS NOT NULL) AS data_keys,
    (SELECT count(*) FROM vault.data_keys WHERE wrapped IS NULL) AS data_keys_destroyed,
    (SELECT count(*) FROM vault.closed) AS closed,
    (SELECT min(created_at) FROM vault.tenant_keys WHERE wrapped IS NOT NULL) AS oldest_epoch_began_at"""


class Epoch(NamedTuple):
    """A tenant's epoch, and the data keys that lie under it."""

    tenant_id: UUID
    epoch: int
    began_at: datetime
    ended_at: datetime | None
    data_keys: int


def epochs(connection: psycopg.Connection[Any]) -> list[Epoch]:
    """Return every epoch of every tenant."""
    return [Epoch(*row) for row in connection.execute(_EPOCHS).fetchall()]


def status(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the figures of the whole vault."""
    found = connection.cursor(row_factory=dict_row).execute(_STATUS).fetchone()
    assert found is not None
    return found


__all__ = ["GRACE", "Epoch", "epochs", "status"]
