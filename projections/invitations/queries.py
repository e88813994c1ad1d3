"""The invitations of an organisation, latest first: those that are open, or all."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = """FROM read.invitations WHERE tenant_id = %(tenant)s
    AND (%(every)s OR how IS NULL AND expires_at > clock_timestamp())"""
_PAGE = f"""SELECT invitation_id, version, roles, invited_by, made_at, expires_at, ended_at,
        coalesce(how, CASE WHEN expires_at <= clock_timestamp() THEN 'expired' END) AS how,
        sealed, key_id, sealed_version, sealed_type, sealed_schema {_SHOWN}
    ORDER BY made_at DESC, invitation_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def invitations(
    reader: Reader, tenant_id: UUID, *, every: bool, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page, opened, and the total; ``every``: also those that are over."""
    parameters: dict[str, object] = {"tenant": tenant_id, "every": every, "limit": limit, "offset": offset}
    rows = await reader.opened(tenant_id, await reader.rows(_PAGE, parameters), stream="invitation_id")
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0
