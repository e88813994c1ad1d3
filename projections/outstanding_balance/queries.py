"""What may be asked of balances."""

from uuid import UUID

from projections.kernel.reader import Reader, Row

_OF_PERSON = """SELECT currency, outstanding, overdue, issued, paid, taken_back, written_off, open_invoices
    FROM read.outstanding_balance WHERE tenant_id = %(tenant)s AND person_id = %(person)s ORDER BY currency"""


async def of_person(reader: Reader, tenant_id: UUID, person_id: UUID) -> list[Row]:
    """Return a person's balance in each currency they were ever billed in."""
    return await reader.rows(_OF_PERSON, {"tenant": tenant_id, "person": person_id})
