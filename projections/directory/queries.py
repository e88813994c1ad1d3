"""Who an id stands for, and lists of the people and organisations a tenant knows."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_COLUMNS = """person_id, role, version, active, source_system, source_id, registered_at,
    sealed, key_id, sealed_version, sealed_type, sealed_schema"""
_PERSON = f"""SELECT {_COLUMNS} FROM read.directory WHERE tenant_id = %(tenant)s AND person_id = %(person)s"""
_PEOPLE = f"""SELECT {_COLUMNS} FROM read.directory WHERE tenant_id = %(tenant)s AND role = %(role)s
    ORDER BY registered_at, person_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = "SELECT count(*) AS total FROM read.directory WHERE tenant_id = %(tenant)s AND role = %(role)s"
_ORGANIZATIONS = """SELECT organization_id, version, name, type, active, telephone, address, source_system, source_id,
        count(*) OVER () AS total
    FROM read.directory_organizations WHERE tenant_id = %(tenant)s
    ORDER BY name, organization_id LIMIT %(limit)s OFFSET %(offset)s"""


async def person(reader: Reader, tenant_id: UUID, person_id: UUID) -> Row | None:
    """Return a person's row with the opened ``person``; None when unknown."""
    row = await reader.row(_PERSON, {"tenant": tenant_id, "person": person_id})
    return (await reader.opened(tenant_id, [row], "person_id"))[0] if row else None


async def people(reader: Reader, tenant_id: UUID, role: str, *, limit: int, offset: int) -> tuple[list[Row], int]:
    """Return one page of the people of ``role`` (patient, practitioner), opened; and their total."""
    parameters: dict[str, object] = {"tenant": tenant_id, "role": role, "limit": limit, "offset": offset}
    rows = await reader.rows(_PEOPLE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return await reader.opened(tenant_id, rows, "person_id"), counted["total"] if counted else 0


async def organizations(reader: Reader, tenant_id: UUID, *, limit: int, offset: int) -> tuple[list[Row], int]:
    """Return one page of the organisations by name, and their total."""
    parameters: dict[str, object] = {"tenant": tenant_id, "limit": limit, "offset": offset}
    rows = await reader.rows(_ORGANIZATIONS, parameters)
    return rows, rows[0]["total"] if rows else 0
