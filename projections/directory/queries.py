"""Who an id stands for, and lists of the people and organisations a tenant knows."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_COLUMNS = """person_id, role, stream_id, version, active, source_system, source_id, registered_at,
    sealed, key_id, sealed_version, sealed_type, sealed_schema"""
_PERSON = f"""SELECT {_COLUMNS} FROM read.directory
    WHERE tenant_id = %(tenant)s AND person_id = %(person)s AND role = %(role)s"""
PEOPLE = Listing(
    _COLUMNS,
    "FROM read.directory WHERE tenant_id = %(tenant)s AND role = %(role)s AND registered_at IS NOT NULL",
    "person_id",
    {"registeredAt": Sort("registered_at", "timestamptz")},
    Order("registeredAt"),
)
ORGANIZATIONS = Listing(
    "organization_id, version, name, type, active, telephone, address, source_system, source_id",
    "FROM read.directory_organizations WHERE tenant_id = %(tenant)s",
    "organization_id",
    {"name": Sort("name", "text")},
    Order("name"),
)


async def person(reader: Reader, tenant_id: UUID, role: str, person_id: UUID) -> Row | None:
    """Return the row of a person as ``role`` (patient, practitioner) with the opened ``person``; None when unknown."""
    row = await reader.row(_PERSON, {"tenant": tenant_id, "person": person_id, "role": role})
    return (await reader.opened(tenant_id, [row], "stream_id"))[0] if row else None


async def people(reader: Reader, tenant_id: UUID, role: str, window: Window) -> Found:
    """Return one page of the people of ``role``, opened."""
    found = await PEOPLE.page(reader, {"tenant": tenant_id, "role": role}, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, "stream_id"))


async def organizations(reader: Reader, tenant_id: UUID, window: Window) -> Found:
    """Return one page of the organisations."""
    return await ORGANIZATIONS.page(reader, {"tenant": tenant_id}, window)
