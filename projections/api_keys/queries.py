"""The API keys of an organisation, latest first, each with the beginnings of its secrets that are alive."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = "FROM read.api_keys k WHERE k.tenant_id = %(tenant)s AND (%(every)s OR k.revoked_at IS NULL)"
_PAGE = f"""SELECT k.key_id, k.version, k.name, k.owner_id, k.roles, k.scopes, k.created_at, k.reminded_at,
        k.revoked_at, ARRAY(
            SELECT json_build_object('prefix', p.prefix, 'madeAt', p.made_at, 'expiresAt', p.expires_at)
            FROM read.api_key_prefixes p
            WHERE (p.tenant_id, p.key_id) = (k.tenant_id, k.key_id) AND p.expires_at > clock_timestamp()
                AND k.revoked_at IS NULL
            ORDER BY p.made_at DESC) AS secrets
    {_SHOWN} ORDER BY k.created_at DESC, k.key_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def api_keys(reader: Reader, tenant_id: UUID, *, every: bool, limit: int, offset: int) -> tuple[list[Row], int]:
    """Return one page and the total; ``every``: also those that are revoked."""
    parameters: dict[str, object] = {"tenant": tenant_id, "every": every, "limit": limit, "offset": offset}
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0
