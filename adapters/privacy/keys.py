"""PersonalKeys over the key store; when a class was last added to is asked of the events."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.event_store import unavailable
from adapters.postgres.key_store import KeyStore
from adapters.postgres.tenancy import rows
from application.ports.personal_keys import Gone, Held
from domain.catalogue import EVENTS
from domain.kernel.event import Retention

_HELD = b"SELECT retention, key_id FROM vault.data_keys WHERE (tenant_id, subject_id) = (%s, %s) ORDER BY retention"
_LAST = b"""SELECT type, max(recorded_at) FROM event_store.events WHERE (tenant_id, subject_id) = (%s, %s)
    GROUP BY type"""


class StoredPersonalKeys:
    """Each act is one function of the database, in one transaction, and may be repeated.

    On every ``beat`` keys are replaced, and what was wrapped under the old ones can be unwrapped no more. ``forget``
    drops what is cached of a subject, once its keys open nothing any more.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        key_pool: AsyncConnectionPool[Any],
        keys: KeyStore,
        beat: timedelta,
        forget: Callable[[UUID, UUID], Awaitable[None]],
    ) -> None:
        self._pool = pool
        self._key_pool = key_pool
        self._keys = keys
        self._beat = beat
        self._forget = forget

    async def held(self, tenant_id: UUID, subject_id: UUID) -> list[Held]:
        """Return the classes with a key; which event belongs to which class the catalogue knows."""
        last: dict[Retention, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
        whose = (tenant_id, subject_id)
        for topic, at in await unavailable(rows(self._pool, tenant_id, _LAST, whose, prepare=True)):
            retention = EVENTS[topic].RETENTION
            last[retention] = max(last[retention], at)
        keys = await unavailable(rows(self._key_pool, tenant_id, _HELD, whose, prepare=True))
        return [Held(Retention(name), key_id, last.get(Retention(name))) for name, key_id in keys]

    async def close(self, tenant_id: UUID, subject_id: UUID) -> None:
        """Close every class."""
        await unavailable(self._keys.close_subject(self._key_pool, tenant_id, subject_id))
        await self._forget(tenant_id, subject_id)

    async def reopen(self, tenant_id: UUID, subject_id: UUID) -> None:
        """Open every class that is not destroyed."""
        await unavailable(self._keys.reopen_subject(self._key_pool, tenant_id, subject_id))

    async def destroy(self, tenant_id: UUID, subject_id: UUID, retention: Retention) -> Gone:
        """Destroy one class."""
        done = await unavailable(self._keys.destroy(self._key_pool, tenant_id, subject_id, [retention]))
        await self._forget(tenant_id, subject_id)
        return Gone(done[0].key_id, done[0].destroyed_at)

    async def stale_until(self, tenant_id: UUID) -> datetime:
        """Return when every copy made until now of the tenant's wrapped keys is dead."""
        return await unavailable(self._keys.promised_by(self._key_pool, tenant_id, self._beat))
