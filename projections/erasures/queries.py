"""Erasures, latest first, and one of them with its classes."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_COLUMNS = """erasure_id, version, person_id, status, basis, requested_at, answer_by, refusal_basis, holds,
    completed_at, position, log_size, log_root, stale_until, digest, signer, signature"""
_PAGE = f"""SELECT {_COLUMNS} FROM read.erasures
    WHERE tenant_id = %(tenant)s AND (%(person)s::uuid IS NULL OR person_id = %(person)s)
    ORDER BY requested_at DESC, erasure_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = """SELECT count(*) AS total FROM read.erasures
    WHERE tenant_id = %(tenant)s AND (%(person)s::uuid IS NULL OR person_id = %(person)s)"""
_ONE = f"SELECT {_COLUMNS} FROM read.erasures WHERE tenant_id = %(tenant)s AND erasure_id = %(erasure)s"
_CLASSES = """SELECT erasure_id, retention, status, basis, source, until, holds, key_id, destroyed_at
    FROM read.erasure_classes WHERE tenant_id = %(tenant)s AND erasure_id = ANY(%(erasures)s::uuid[])
    ORDER BY erasure_id, retention"""


async def erasures(
    reader: Reader, tenant_id: UUID, person_id: UUID | None, *, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of erasures (of one person, if given) with their ``classes``; and their total."""
    parameters: dict[str, object] = {"tenant": tenant_id, "person": person_id, "limit": limit, "offset": offset}
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return await _with_classes(reader, tenant_id, rows), counted["total"] if counted else 0


async def erasure(reader: Reader, tenant_id: UUID, erasure_id: UUID) -> Row | None:
    """Return an erasure with its ``classes``."""
    rows = await reader.rows(_ONE, {"tenant": tenant_id, "erasure": erasure_id})
    found = await _with_classes(reader, tenant_id, rows)
    return found[0] if found else None


async def _with_classes(reader: Reader, tenant_id: UUID, rows: list[Row]) -> list[Row]:
    wanted = [row["erasure_id"] for row in rows]
    classes = await reader.rows(_CLASSES, {"tenant": tenant_id, "erasures": wanted}) if wanted else []
    return [row | {"classes": [c for c in classes if c["erasure_id"] == row["erasure_id"]]} for row in rows]
