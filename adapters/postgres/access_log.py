"""The access log in PostgreSQL: entries sealed and written like events, read back by whom they are about."""

from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.codec.mapper import TENANTS_OWN, EventMapper, StoredRow
from adapters.postgres.access_writer import AccessWriter
from adapters.postgres.batch import entries
from adapters.postgres.event_store import Metadata, unavailable
from adapters.postgres.key_store import KeyStore
from adapters.postgres.tenancy import within
from adapters.vault.vault import DataKey, Header, Owner
from application.ports.access_log import AccessNotRecorded, Looked, Sought
from application.ports.event_store import StoreUnavailable
from domain.access.events import DisclosureMade, Entry
from domain.kernel.event import Erased

_encode = msgspec.json.Encoder().encode
_APPEND = b"SELECT access_log.append(%s::event_store.new_event[])"
_ABOUT = b"""FROM access_log.subjects s JOIN access_log.entries e USING (position)
    WHERE s.tenant_id = %(tenant)s AND s.subject_id = %(subject)s
        AND (%(since)s::timestamptz IS NULL OR e.recorded_at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR e.recorded_at < %(until)s)
        AND (%(actor)s::uuid IS NULL OR e.subject_id = %(actor)s)
        AND (%(type)s::text IS NULL OR e.type = %(type)s)
        AND (%(before)s::bigint IS NULL OR position < %(before)s)"""
_PAGE = (
    b"SELECT position, e.stream_id, e.version, e.type, e.schema_version, e.data::text, e.sealed, e.key_id,"
    b" e.recorded_at " + _ABOUT + b" ORDER BY position DESC LIMIT %(limit)s OFFSET %(offset)s"
)
_TOTAL = b"SELECT count(*) " + _ABOUT


class AccessLogTable:
    """AccessLog over PostgreSQL; see the port."""

    def __init__(
        self, url: str, pool: AsyncConnectionPool[Any], key_pool: AsyncConnectionPool[Any], codec: Codec, keys: KeyStore
    ) -> None:
        self._writer = AccessWriter(url)
        self._pool = pool
        self._key_pool = key_pool
        self._codec = codec
        self._keys = keys
        self._mapper = EventMapper(codec, keys.vault)

    async def record(self, tenant_id: UUID, entry: Entry) -> UUID:
        """Write one entry, together with those that wait at the same time."""
        entry_id = uuid7()
        try:
            await self._keys.obtain(self._key_pool, owners(tenant_id, entry))
            await self._writer.write(self._row(tenant_id, entry_id, entry))
        except (psycopg.Error, StoreUnavailable, OSError, TimeoutError) as error:
            raise AccessNotRecorded("This access cannot be recorded now, so nothing is shown: try again.") from error
        return entry_id

    def record_now(
        self,
        connection: psycopg.Connection[Any],
        key_connection: psycopg.Connection[Any],
        tenant_id: UUID,
        entry: Entry,
    ) -> UUID:
        """As :meth:`record`, for tools, on synchronous connections. Raises psycopg.Error."""
        entry_id = uuid7()
        self._keys.obtain_now(key_connection, owners(tenant_id, entry))
        connection.execute(_APPEND, (entries([self._row(tenant_id, entry_id, entry)]),))
        return entry_id

    async def about(
        self, tenant_id: UUID, subject_id: UUID, sought: Sought, *, limit: int, offset: int
    ) -> tuple[list[Looked], int]:
        """Return one page of the looks at a person, newest first: one range scan of those who were looked at."""
        parameters: dict[str, object] = {
            "tenant": tenant_id, "subject": subject_id, "since": sought.since, "until": sought.until,
            "actor": sought.actor, "type": DisclosureMade.TOPIC if sought.disclosures else None,
            "before": sought.before, "limit": limit, "offset": offset,
        }  # fmt: skip
        return await unavailable(self._read(tenant_id, parameters))

    async def close(self) -> None:
        """Finish what is under way."""
        await self._writer.close()

    async def _read(self, tenant_id: UUID, parameters: dict[str, object]) -> tuple[list[Looked], int]:
        async with within(self._pool, tenant_id) as connection:
            counted = await (await connection.execute(_TOTAL, parameters | {"before": None})).fetchone()
            rows = await (await connection.execute(_PAGE, parameters, binary=True)).fetchall()
        await self._keys.fetch(self._key_pool, tenant_id, [row[7] for row in rows])
        return [self._looked(tenant_id, row) for row in rows], counted[0] if counted else 0

    def _looked(self, tenant_id: UUID, row: tuple[Any, ...]) -> Looked:
        position, stream_id, version, topic, schema_version, data, sealed, key_id, recorded_at = row
        stored = StoredRow(
            stream_id, version, topic, data.encode(), tenant_id, schema_version, sealed, key_id, None, "{}"
        )
        return Looked(stream_id, position, recorded_at, self._mapper.to_domain_event(stored).event)

    def _row(self, tenant_id: UUID, entry_id: UUID, entry: Entry) -> StoredRow:
        """Seal under the actor's key, or without what is theirs alone, once it is destroyed, under the tenant's."""
        key = self._key(tenant_id, entry)
        if key is None:
            entry = msgspec.structs.replace(entry, **dict.fromkeys(self._codec.sealed(entry.TOPIC), Erased()))
            key = self._keys.vault.key_for(tenant_id, tenant_id, TENANTS_OWN)
        clear, personal = self._codec.encode(entry)
        state = clear.encode()
        header = Header(tenant_id, entry_id, 1, entry.TOPIC, entry.VERSION)
        facts = Metadata(entry.actor, entry.request_id, entry_id, entry.on_behalf_of, entry.purpose)
        row = object.__new__(StoredRow)  # all fields at once, as the mapper does
        row.__dict__.update(
            originator_id=entry_id,
            originator_version=1,
            topic=entry.TOPIC,
            state=state,
            tenant_id=tenant_id,
            schema_version=entry.VERSION,
            sealed=self._keys.vault.seal(key, header, state, (personal or "").encode()),
            key_id=key.key_id,
            subject_id=entry.actor,
            meta=_encode(facts).decode(),
        )
        return row

    def _key(self, tenant_id: UUID, entry: Entry) -> DataKey | None:
        key = self._keys.vault.key_for(tenant_id, entry.actor, entry.RETENTION)
        return key if key.cipher is not None else None


def owners(tenant_id: UUID, entry: Entry) -> list[Owner]:
    """Return whose keys an entry may need: the actor's, and the tenant's own."""
    return [(tenant_id, entry.actor, entry.RETENTION), (tenant_id, tenant_id, TENANTS_OWN)]
