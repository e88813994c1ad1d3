"""Erasures, latest first, and one of them with its classes."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_COLUMNS = """erasure_id, version, person_id, status, basis, requested_at, answer_by, refusal_basis, holds,
    completed_at, position, log_size, log_root, stale_until, digest, signer, signature"""
ERASURES = Listing(
    _COLUMNS,
    "FROM read.erasures WHERE tenant_id = %(tenant)s AND (%(person)s::uuid IS NULL OR person_id = %(person)s)",
    "erasure_id",
    {"requestedAt": Sort("requested_at", "timestamptz"), "answerBy": Sort("answer_by", "date")},
    Order("requestedAt", descending=True),
)
_ONE = f"SELECT {_COLUMNS} FROM read.erasures WHERE tenant_id = %(tenant)s AND erasure_id = %(erasure)s"
_CLASSES = """SELECT erasure_id, retention, status, basis, source, until, holds, key_id, destroyed_at
    FROM read.erasure_classes WHERE tenant_id = %(tenant)s AND erasure_id = ANY(%(erasures)s::uuid[])
    ORDER BY erasure_id, retention"""


async def erasures(reader: Reader, tenant_id: UUID, person_id: UUID | None, window: Window) -> Found:
    """Return one page of erasures (of one person, if given) with their ``classes``."""
    found = await ERASURES.page(reader, {"tenant": tenant_id, "person": person_id}, window)
    return found._replace(rows=await _with_classes(reader, tenant_id, found.rows))


async def erasure(reader: Reader, tenant_id: UUID, erasure_id: UUID) -> Row | None:
    """Return an erasure with its ``classes``."""
    rows = await reader.rows(_ONE, {"tenant": tenant_id, "erasure": erasure_id})
    found = await _with_classes(reader, tenant_id, rows)
    return found[0] if found else None


async def _with_classes(reader: Reader, tenant_id: UUID, rows: list[Row]) -> list[Row]:
    wanted = [row["erasure_id"] for row in rows]
    classes = await reader.rows(_CLASSES, {"tenant": tenant_id, "erasures": wanted}) if wanted else []
    return [row | {"classes": [c for c in classes if c["erasure_id"] == row["erasure_id"]]} for row in rows]
