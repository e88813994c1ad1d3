"""Emergency accesses, latest first, with their reasons; limited to those of whom the reader may see them."""

from typing import LiteralString
from uuid import UUID

from domain.kernel.ownership import Limits, parameters_of
from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_COLUMNS = """glass_id, version, patient_id, actor, code, opened_at, expires_at, ended, ended_at, notified_at, finding,
    reviewer, reviewed_at, sealed, key_id, sealed_version, sealed_type, sealed_schema"""
_OWN = "(%(people)s::uuid[] IS NULL OR actor = ANY(%(people)s::uuid[]))"
_FILTERED: LiteralString = f"""FROM read.break_glass WHERE tenant_id = %(tenant)s AND {_OWN}
    AND (%(open)s::boolean IS NULL OR (finding IS NULL) = %(open)s)"""
GLASSES = Listing(
    _COLUMNS,
    _FILTERED,
    "glass_id",
    {"openedAt": Sort("opened_at", "timestamptz"), "expiresAt": Sort("expires_at", "timestamptz")},
    Order("openedAt", descending=True),
)
_ONE: LiteralString = f"""SELECT {_COLUMNS} FROM read.break_glass
    WHERE tenant_id = %(tenant)s AND glass_id = %(glass)s AND {_OWN}"""
_NOTE: LiteralString = """SELECT glass_id, sealed, key_id, sealed_version, sealed_type, sealed_schema
    FROM read.break_glass_notes WHERE tenant_id = %(tenant)s AND glass_id = %(glass)s"""


async def glasses(
    reader: Reader, tenant_id: UUID, window: Window, *, limits: Limits | None = None, to_review: bool | None
) -> Found:
    """Return one page; ``to_review``: only those whose review is open (or closed)."""
    found = await GLASSES.page(reader, {"tenant": tenant_id, "open": to_review, **parameters_of(limits)}, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, "glass_id"))


async def glass(reader: Reader, tenant_id: UUID, glass_id: UUID, *, limits: Limits | None = None) -> Row | None:
    """Return one, with what the reviewer noted, or None."""
    parameters = {"tenant": tenant_id, "glass": glass_id, **parameters_of(limits)}
    row = await reader.row(_ONE, parameters)
    if row is None:
        return None
    [found] = await reader.opened(tenant_id, [row], "glass_id")
    notes = await reader.opened(tenant_id, await reader.rows(_NOTE, parameters), "glass_id")
    return found | {"note": notes[0].get("note") if notes else None}
