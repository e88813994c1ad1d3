"""An organisation's legal holds, latest first."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader

_SHOWN = """FROM read.legal_holds
    WHERE tenant_id = %(tenant)s AND (%(standing)s = false OR lifted_at IS NULL)"""
HOLDS = Listing(
    "hold_id, person_id, classes, basis, placed_at, lifted_at",
    _SHOWN,
    "hold_id",
    {"placedAt": Sort("placed_at", "timestamptz")},
    Order("placedAt", descending=True),
)


async def legal_holds(reader: Reader, tenant_id: UUID, window: Window, *, standing: bool) -> Found:
    """Return one page of holds (``standing``: without those lifted)."""
    return await HOLDS.page(reader, {"tenant": tenant_id, "standing": standing}, window)
