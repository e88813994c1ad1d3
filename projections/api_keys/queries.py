"""The API keys of an organisation, latest first, each with the beginnings of its secrets that are alive."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = "FROM read.api_keys k WHERE k.tenant_id = %(tenant)s AND (%(every)s OR k.revoked_at IS NULL)"
API_KEYS = Listing(
    """k.key_id, k.version, k.name, k.owner_id, k.roles, k.scopes, k.created_at, k.reminded_at,
        k.revoked_at, ARRAY(
            SELECT json_build_object('prefix', p.prefix, 'madeAt', p.made_at, 'expiresAt', p.expires_at)
            FROM read.api_key_prefixes p
            WHERE (p.tenant_id, p.key_id) = (k.tenant_id, k.key_id) AND p.expires_at > clock_timestamp()
                AND k.revoked_at IS NULL
            ORDER BY p.made_at DESC) AS secrets""",
    _SHOWN,
    "k.key_id",
    {"createdAt": Sort("k.created_at", "timestamptz"), "name": Sort("k.name", "text")},
    Order("createdAt", descending=True),
)


async def api_keys(reader: Reader, tenant_id: UUID, window: Window, *, every: bool) -> Found:
    """Return one page; ``every``: also those that are revoked."""
    return await API_KEYS.page(reader, {"tenant": tenant_id, "every": every}, window)
