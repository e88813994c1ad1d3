"""The row of invoice numbers of one clinic and year: each number is given once, and none is left out.

Its event is committed together with the invoice's, so a number exists exactly when an invoice has it.
"""

from typing import Self
from uuid import UUID

from domain.billing.events import InvoiceNumberAssigned
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.ids import derived_id

PAGE = 500
"""Numbers per page of the register: drawing one folds at most so many events, however many a year brings."""


def register_id(tenant_id: UUID, year: int, page: int) -> UUID:
    """Return the stream of one page of a tenant's register of ``year``; pages count from 0."""
    return derived_id("invoice-register", tenant_id, year, page)


class InvoiceRegister(Aggregate):
    """One page. Numbers count from 1 in each year and go on from page to page."""

    NAME = "invoice register"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.last = 0

    def following(self, page: "InvoiceRegister") -> Self:
        """Go on, as an empty page, where a full one ends."""
        self.last = page.last
        return self

    def assign(self, invoice_id: UUID, year: int) -> str:
        """Give the next number to an invoice and return it as printed: INV-2026-000001."""
        sequence = self.last + 1
        self.record(InvoiceNumberAssigned(year=year, sequence=sequence, invoice_id=invoice_id))
        return f"INV-{year}-{sequence:06d}"

    @evolves
    def _assigned(self, event: InvoiceNumberAssigned) -> None:
        self.last = event.sequence

    @property
    def full(self) -> bool:
        """Whether the next number goes on another page."""
        return self.version >= PAGE
