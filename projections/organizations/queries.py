"""One organisation: the tenant's own."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_ONE = """SELECT organization_id, version, kind, name, zone, currency, locale, created_at, closed_at
    FROM read.organizations WHERE tenant_id = %(tenant)s AND organization_id = %(tenant)s"""


async def organization(reader: Reader, tenant_id: UUID) -> Row | None:
    """Return the tenant's organisation; None when there is none."""
    return await reader.row(_ONE, {"tenant": tenant_id})
