"""An organisation's legal holds, latest first."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_SHOWN = """FROM read.legal_holds
    WHERE tenant_id = %(tenant)s AND (%(standing)s = false OR lifted_at IS NULL)"""
_PAGE = f"""SELECT hold_id, person_id, classes, basis, placed_at, lifted_at {_SHOWN}
    ORDER BY placed_at DESC, hold_id LIMIT %(limit)s OFFSET %(offset)s"""
_TOTAL = f"SELECT count(*) AS total {_SHOWN}"


async def legal_holds(
    reader: Reader, tenant_id: UUID, *, standing: bool, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return one page of holds (``standing``: without those lifted), and their total."""
    parameters: dict[str, object] = {"tenant": tenant_id, "standing": standing, "limit": limit, "offset": offset}
    rows = await reader.rows(_PAGE, parameters)
    counted = await reader.row(_TOTAL, parameters)
    return rows, counted["total"] if counted else 0
