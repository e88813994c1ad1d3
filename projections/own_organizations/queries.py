"""The organisations a user belongs to, by name, their own first."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = """FROM read.own_organizations o JOIN read.organization_names n USING (tenant_id, organization_id)
    WHERE o.tenant_id = %(tenant)s AND o.user_id = %(user)s AND o.ended_at IS NULL AND n.closed_at IS NULL"""
BELONGING = Listing(
    "o.organization_id, n.kind, n.name, o.roles, o.primary_role, o.joined_at",
    _SHOWN,
    "o.organization_id",
    {
        "name": Sort("CASE n.kind WHEN 'personal' THEN '' ELSE n.name END", "text"),
        "joinedAt": Sort("o.joined_at", "timestamptz"),
    },
    Order("name"),
)


async def belonging(reader: Reader, tenant_id: UUID, user_id: UUID, window: Window) -> Found:
    """Return one page of where a user belongs, their own first; ``tenant_id``: the platform's."""
    return await BELONGING.page(reader, {"tenant": tenant_id, "user": user_id}, window)
