"""The invitations of an organisation, latest first: those that are open, or all."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = """FROM read.invitations WHERE tenant_id = %(tenant)s
    AND (%(every)s OR how IS NULL AND expires_at > clock_timestamp())"""
INVITATIONS = Listing(
    """invitation_id, version, roles, invited_by, made_at, expires_at, ended_at,
        coalesce(how, CASE WHEN expires_at <= clock_timestamp() THEN 'expired' END) AS how,
        sealed, key_id, sealed_version, sealed_type, sealed_schema""",
    _SHOWN,
    "invitation_id",
    {"madeAt": Sort("made_at", "timestamptz"), "expiresAt": Sort("expires_at", "timestamptz")},
    Order("madeAt", descending=True),
)


async def invitations(reader: Reader, tenant_id: UUID, window: Window, *, every: bool) -> Found:
    """Return one page, opened; ``every``: also those that are over."""
    found = await INVITATIONS.page(reader, {"tenant": tenant_id, "every": every}, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, stream="invitation_id"))
