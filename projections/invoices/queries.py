"""What may be asked of invoices. Amounts are whole minor units; a draft's are the sums of its lines."""

from uuid import UUID

from projections.kernel.lists import Found, Listing, Order, Sort, Window
from projections.kernel.reader import Reader, Row

_LINES = "FROM read.invoice_lines l WHERE (l.tenant_id, l.invoice_id) = (i.tenant_id, i.invoice_id)"
_COLUMNS = f"""i.invoice_id, i.person_id, i.status, i.number, i.currency,
    coalesce(i.net, (SELECT sum(l.net)::bigint {_LINES}), 0) AS net,
    coalesce(i.tax, (SELECT sum(l.tax)::bigint {_LINES}), 0) AS tax,
    i.subscription_id, i.period, i.appointment_id, i.source, i.drafted_at, i.issued_on, i.due_on, i.paid_at, i.paid_by,
    i.pdf_file, i.pdf_sha256, i.pdf_size, i.version,
    i.sealed, i.key_id, i.sealed_version, i.sealed_type, i.sealed_schema"""
_ONE = f"SELECT {_COLUMNS} FROM read.invoices i WHERE i.tenant_id = %(tenant)s AND i.invoice_id = %(invoice)s"
_NUMBERED = f"SELECT {_COLUMNS} FROM read.invoices i WHERE i.tenant_id = %(tenant)s AND i.number = %(number)s"
_SHOWN = """FROM read.invoices i WHERE i.tenant_id = %(tenant)s AND i.person_id = %(person)s
    AND (%(status)s::text IS NULL OR i.status = %(status)s)"""
OF_PERSON = Listing(
    _COLUMNS,
    _SHOWN,
    "i.invoice_id",
    {"draftedAt": Sort("i.drafted_at", "timestamptz"), "status": Sort("i.status", "text")},
    Order("draftedAt", descending=True),
)
_LINES_OF = """SELECT * FROM read.invoice_lines WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s
    ORDER BY line_no"""


async def invoice(reader: Reader, tenant_id: UUID, invoice_id: UUID) -> Row | None:
    """Return one invoice, opened; None if there is none."""
    return await _opened(reader, tenant_id, await reader.row(_ONE, {"tenant": tenant_id, "invoice": invoice_id}))


async def by_number(reader: Reader, tenant_id: UUID, number: str) -> Row | None:
    """Return the invoice with a number, opened; None if there is none."""
    return await _opened(reader, tenant_id, await reader.row(_NUMBERED, {"tenant": tenant_id, "number": number}))


async def lines(reader: Reader, tenant_id: UUID, invoice_id: UUID) -> list[Row]:
    """Return the lines of an invoice in the order they were added, opened."""
    rows = await reader.rows(_LINES_OF, {"tenant": tenant_id, "invoice": invoice_id})
    return await reader.opened(tenant_id, rows, "invoice_id")


async def of_person(reader: Reader, tenant_id: UUID, person_id: UUID, status: str | None, window: Window) -> Found:
    """Return one page of a person's invoices, opened."""
    found = await OF_PERSON.page(reader, {"tenant": tenant_id, "person": person_id, "status": status}, window)
    return found._replace(rows=await reader.opened(tenant_id, found.rows, "invoice_id"))


async def _opened(reader: Reader, tenant_id: UUID, row: Row | None) -> Row | None:
    return (await reader.opened(tenant_id, [row], "invoice_id"))[0] if row else None
