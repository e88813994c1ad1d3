"""What the tests of the access log read: its entries, straight from the table."""

from typing import NamedTuple
from uuid import UUID

import psycopg

from adapters.bootstrap import Services
from domain.access.events import Entry
from tests.api.house import House


class Kept(NamedTuple):
    """An entry as it stands in the log; what is sealed in it is unopened."""

    entry: Entry
    topic: str
    recorded_at: object


def kept(house: House, tenant: UUID | None = None) -> list[Kept]:
    """Return a tenant's entries in order."""
    with psycopg.connect(house.database_url) as connection:
        rows = connection.execute(
            """SELECT type, schema_version, data::text, recorded_at FROM access_log.entries
               WHERE tenant_id = %s ORDER BY position""",
            (tenant or house.tenant,),
        ).fetchall()
    return [Kept(decoded(house.services, *row[:3]), row[0], row[3]) for row in rows]


def decoded(services: Services, topic: str, version: int, data: str) -> Entry:
    """Return an entry from its clear data."""
    entry = services.codec.decode(topic, version, data)
    assert isinstance(entry, Entry)
    return entry


def last(house: House) -> Entry:
    """Return the tenant's latest entry."""
    return kept(house)[-1].entry
