"""The row of invoice numbers of one clinic and year: each number is given once, and none is left out.

Its event is committed together with the invoice's, so a number exists exactly when an invoice has it.
"""

from uuid import UUID

from domain.billing.events import InvoiceNumberAssigned
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.ids import derived_id


def register_id(tenant_id: UUID, year: int) -> UUID:
    """Return the stream of a tenant's numbers in ``year``."""
    return derived_id("invoice-register", tenant_id, year)


class InvoiceRegister(Aggregate):
    """Counts from 1 in each year."""

    NAME = "invoice register"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.last = 0

    def assign(self, invoice_id: UUID, year: int) -> str:
        """Give the next number to an invoice and return it as printed: INV-2026-000001."""
        sequence = self.last + 1
        self.record(InvoiceNumberAssigned(year=year, sequence=sequence, invoice_id=invoice_id))
        return f"INV-{year}-{sequence:06d}"

    @evolves
    def _assigned(self, event: InvoiceNumberAssigned) -> None:
        self.last = event.sequence
