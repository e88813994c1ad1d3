"""A user's open sessions, latest first."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = """FROM read.sessions WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND ended_at IS NULL
    AND session_id = ANY(%(alive)s::uuid[])"""
_PAGE = f"""SELECT session_id, organization_id, methods, opened_at, proven_at, sealed, key_id, sealed_version,
        sealed_type, sealed_schema {_SHOWN}
    ORDER BY opened_at DESC, session_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def open_sessions(
    reader: Reader, tenant_id: UUID, user_id: UUID, alive: list[UUID], *, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of a user's open sessions, opened, and their total; ``alive``: those that have not expired."""
    parameters: dict[str, object] = {
        "tenant": tenant_id, "user": user_id, "alive": alive, "limit": limit, "offset": offset,
    }  # fmt: skip
    rows = await reader.opened(tenant_id, await reader.rows(_PAGE, parameters), stream="session_id")
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0
