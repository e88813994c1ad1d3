"""A user's open sessions, latest first."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = """FROM read.sessions WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND ended_at IS NULL
    AND session_id = ANY(%(alive)s::uuid[])"""
SESSIONS = Listing(
    """session_id, organization_id, methods, opened_at, proven_at, sealed, key_id, sealed_version, sealed_type,
        sealed_schema""",
    _SHOWN,
    "session_id",
    {"openedAt": Sort("opened_at", "timestamptz"), "provenAt": Sort("proven_at", "timestamptz")},
    Order("openedAt", descending=True),
)


async def open_sessions(reader: Reader, tenant_id: UUID, user_id: UUID, alive: list[UUID], window: Window) -> Found:
    """Return one page of a user's open sessions, opened; ``alive``: those that have not expired."""
    found = await SESSIONS.page(reader, {"tenant": tenant_id, "user": user_id, "alive": alive}, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, stream="session_id"))
