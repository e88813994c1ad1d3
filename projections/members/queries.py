"""The members of an organisation, and the roles of one of them."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_SHOWN = "FROM read.members WHERE tenant_id = %(tenant)s AND ended_at IS NULL"
MEMBERS = Listing(
    "user_id, version, roles, primary_role, joined_at",
    _SHOWN,
    "user_id",
    {"joinedAt": Sort("joined_at", "timestamptz")},
    Order("joinedAt"),
)
_ONE = f"SELECT user_id, version, roles, primary_role, joined_at {_SHOWN} AND user_id = %(user)s"
_ROLES = """SELECT role, given_by, given_at, expires_at, ended_at, ended_by FROM read.member_roles
    WHERE tenant_id = %(tenant)s AND user_id = %(user)s ORDER BY ended_at NULLS FIRST, role"""


async def members(reader: Reader, tenant_id: UUID, window: Window) -> Found:
    """Return one page of those who belong here."""
    return await MEMBERS.page(reader, {"tenant": tenant_id}, window)


async def member(reader: Reader, tenant_id: UUID, user_id: UUID) -> Row | None:
    """Return one who belongs here, or None."""
    return await reader.row(_ONE, {"tenant": tenant_id, "user": user_id})


async def roles(reader: Reader, tenant_id: UUID, user_id: UUID) -> list[Row]:
    """Return each role a user has here, and then those they had."""
    return await reader.rows(_ROLES, {"tenant": tenant_id, "user": user_id})
