"""The state of an invoice: what its events amount to. Commands are beside it."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.billing.amounts import Amounts, summed
from domain.billing.events import (
    InvoiceDrafted,
    InvoiceImported,
    InvoiceIssued,
    InvoiceLineAdded,
    InvoiceMarkedOverdue,
    InvoiceMarkedUncollectible,
    InvoicePaid,
    InvoicePdfRequested,
    InvoicePdfStored,
    InvoiceVoided,
)
from domain.billing.states import InvoiceStatus as Status
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.money import Money
from domain.kernel.ownership import Owned


class Occasion(NamedTuple):
    """What an invoice is for; nothing of it when it stands alone."""

    subscription_id: UUID | None = None
    period: int | None = None
    appointment_id: UUID | None = None


class Bill(Aggregate):
    """Folded from an invoice's events; decides nothing."""

    person_id: UUID
    currency: str
    status: Status
    due_on: date

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.occasion = Occasion()
        self.number: str | None = None
        self.lines: dict[UUID, Amounts] = {}
        self.overdue_at: datetime | None = None
        self.imported: Money | None = None
        self.pdf: tuple[str, str] | None = None

    @evolves
    def _drafted(self, event: InvoiceDrafted) -> None:
        self.person_id, self.currency, self.status = event.person_id, event.currency, Status.DRAFT
        self.occasion = Occasion(event.subscription_id, event.period, event.appointment_id)

    @evolves
    def _line_added(self, event: InvoiceLineAdded) -> None:
        self.lines[event.line_id] = Amounts(event.net, event.tax)

    @evolves
    def _issued(self, event: InvoiceIssued) -> None:
        self.status, self.number = Status.OPEN, event.number
        self.due_on, self.overdue_at = event.due_on, event.overdue_at

    @evolves
    def _paid(self, event: InvoicePaid) -> None:
        self.status = Status.PAID

    @evolves
    def _voided(self, event: InvoiceVoided) -> None:
        self.status = Status.VOID

    @evolves
    def _overdue(self, event: InvoiceMarkedOverdue) -> None:
        self.status = Status.OVERDUE

    @evolves
    def _uncollectible(self, event: InvoiceMarkedUncollectible) -> None:
        self.status = Status.UNCOLLECTIBLE

    @evolves
    def _pdf_requested(self, event: InvoicePdfRequested) -> None:
        """The document follows."""

    @evolves
    def _pdf_stored(self, event: InvoicePdfStored) -> None:
        self.pdf = (event.file_name, event.sha256)

    @evolves
    def _imported(self, event: InvoiceImported) -> None:
        self.person_id, self.currency, self.status = event.person_id, event.total.currency, Status.OPEN
        self.imported = event.total

    @property
    def owned(self) -> Owned:
        """Of whoever is to pay."""
        return Owned(self.person_id)

    @property
    def amounts(self) -> Amounts:
        """Net and tax of all lines; what was imported is taken as it stands, without tax."""
        if self.imported is not None:
            return Amounts(self.imported, Money(0, self.currency))
        return summed(self.lines.values(), self.currency)

    @property
    def total(self) -> Money:
        """What is to be paid in all."""
        return self.amounts.total
