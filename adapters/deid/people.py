"""What figures need to know of a clinic's patients: opened here, reduced on the spot, and never written down."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.postgres.key_store import KeyStore
from adapters.vault.vault import Header
from domain.directory.content import Address, Person
from domain.privacy.safe_harbor import NOBODY, SEXES, Known, area, year_of

AT_ONCE = 1_000
_PATIENTS = """SELECT person_id, stream_id, sealed, key_id, sealed_version, sealed_type, sealed_schema
    FROM read.directory
    WHERE tenant_id = %s AND role = 'patient' AND sealed IS NOT NULL"""


class _Personal(msgspec.Struct):
    person: Person


class Patients:
    """Opens patients' details with keys over a connection of its own. Who is erased, or about to be, is nobody."""

    def __init__(self, connection: psycopg.Connection[Any], key_connection: psycopg.Connection[Any], keys: KeyStore):
        self._connection = connection
        self._key_connection = key_connection
        self._keys = keys

    def of(self, tenant_id: UUID) -> Iterator[tuple[UUID, Known]]:
        """Yield every patient of a clinic with what may be told of them. Raises UnknownKey, Forged, psycopg.Error."""
        with self._connection.cursor(name="patients") as cursor:
            cursor.execute(_PATIENTS, (tenant_id,))
            while rows := cursor.fetchmany(AT_ONCE):
                self._keys.fetch_now(self._key_connection, [row[3] for row in rows])
                for person_id, stream_id, sealed, key_id, version, topic, schema in rows:
                    header = Header(tenant_id, stream_id, version, topic, schema)
                    yield person_id, _known(self._keys.vault.open(header, key_id, bytes(sealed)))


def _known(opened: str | None) -> Known:
    if opened is None:
        return NOBODY
    person = msgspec.json.decode(opened, type=_Personal).person
    home = next((address for address in person.addresses if address.use != "old"), Address())
    return Known(
        year_of(person.birth_date),
        person.gender if person.gender in SEXES else None,
        area(home.country, home.postal_code),
    )
