"""A clinic's billing settings: one stream per tenant, read when an invoice is made."""

from collections.abc import Sequence
from uuid import UUID

from domain.billing.events import BillingSettingsChanged
from domain.billing.issuer import AppointmentFee, Issuer
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.civil import zone
from domain.kernel.errors import Invalid
from domain.kernel.ids import derived_id
from domain.kernel.money import BASIS

DUE_DAYS = 30
MOST_DUE_DAYS = 365


class UnsoundSettings(Invalid):
    """The settings contradict themselves or leave the permitted range."""

    code = "unsound-settings"


def settings_id(tenant_id: UUID) -> UUID:
    """Return the stream of a tenant's settings."""
    return derived_id("billing-settings", tenant_id)


class BillingSettings(Aggregate):
    """What holds before a clinic has set anything: no name, UTC, 30 days, no fees."""

    NAME = "billing settings"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.issuer = Issuer()
        self.currency = "INR"
        self.zone = "UTC"
        self.due_days = DUE_DAYS
        self.fees: dict[str, AppointmentFee] = {}

    def change(
        self, issuer: Issuer, currency: str, zone_name: str, due_days: int, fees: Sequence[AppointmentFee]
    ) -> None:
        """Replace the settings; what was issued before stays as it was. Raises UnsoundSettings, UnknownZone."""
        zone(zone_name)
        if not 0 <= due_days <= MOST_DUE_DAYS:
            raise UnsoundSettings(f"An invoice is due 0 to {MOST_DUE_DAYS} days after its issue.", field="due_days")
        if len({fee.appointment_type for fee in fees}) != len(fees):
            raise UnsoundSettings("Each appointment type has one fee.", field="fees")
        if any(fee.amount.amount < 0 or not 0 <= fee.tax_basis_points <= BASIS for fee in fees):
            raise UnsoundSettings("A fee or its tax is out of range.", field="fees")
        wanted = BillingSettingsChanged(
            issuer=issuer, currency=currency, zone=zone_name, due_days=due_days, fees=tuple(fees)
        )
        self.record(wanted)

    @evolves
    def _changed(self, event: BillingSettingsChanged) -> None:
        self.issuer = event.issuer
        self.currency = event.currency
        self.zone = event.zone
        self.due_days = event.due_days
        self.fees = {fee.appointment_type: fee for fee in event.fees}
