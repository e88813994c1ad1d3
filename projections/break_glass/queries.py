"""Emergency accesses, latest first, with their reasons; limited to those of whom the reader may see them."""

from typing import LiteralString
from uuid import UUID

from domain.kernel.ownership import Limits, parameters_of
from projections.kernel.reader import Reader, Row

_COLUMNS = """glass_id, version, patient_id, actor, code, opened_at, expires_at, ended, ended_at, notified_at, finding,
    reviewer, reviewed_at, sealed, key_id, sealed_version, sealed_type, sealed_schema"""
_OWN = "(%(people)s::uuid[] IS NULL OR actor = ANY(%(people)s::uuid[]))"
_FILTERED: LiteralString = f"""FROM read.break_glass WHERE tenant_id = %(tenant)s AND {_OWN}
    AND (%(open)s::boolean IS NULL OR (finding IS NULL) = %(open)s)"""
_PAGE: LiteralString = (
    f"SELECT {_COLUMNS} {_FILTERED} ORDER BY opened_at DESC, glass_id LIMIT %(limit)s OFFSET %(offset)s"
)
_TOTAL: LiteralString = f"SELECT count(*) AS total {_FILTERED}"
_ONE: LiteralString = f"""SELECT {_COLUMNS} FROM read.break_glass
    WHERE tenant_id = %(tenant)s AND glass_id = %(glass)s AND {_OWN}"""
_NOTE: LiteralString = """SELECT glass_id, sealed, key_id, sealed_version, sealed_type, sealed_schema
    FROM read.break_glass_notes WHERE tenant_id = %(tenant)s AND glass_id = %(glass)s"""


async def glasses(
    reader: Reader, tenant_id: UUID, *, limits: Limits | None = None, to_review: bool | None, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page and the total; ``to_review``: only those whose review is open (or closed)."""
    parameters: dict[str, object] = {
        "tenant": tenant_id, "open": to_review, "limit": limit, "offset": offset, **parameters_of(limits),
    }  # fmt: skip
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return await reader.opened(tenant_id, rows, "glass_id"), counted["total"] if counted else 0


async def glass(reader: Reader, tenant_id: UUID, glass_id: UUID, *, limits: Limits | None = None) -> Row | None:
    """Return one, with what the reviewer noted, or None."""
    parameters = {"tenant": tenant_id, "glass": glass_id, **parameters_of(limits)}
    row = await reader.row(_ONE, parameters)
    if row is None:
        return None
    [found] = await reader.opened(tenant_id, [row], "glass_id")
    notes = await reader.opened(tenant_id, await reader.rows(_NOTE, parameters), "glass_id")
    return found | {"note": notes[0].get("note") if notes else None}
