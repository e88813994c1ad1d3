"""Say who issues the clinic's invoices and on what terms; or see what holds."""

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.issuer import AppointmentFee, Issuer
from domain.billing.settings import BillingSettings, settings_id


class ChangeBillingSettings(Command, frozen=True, kw_only=True):
    """All settings as they shall be."""

    issuer: Issuer
    currency: str
    zone: str
    due_days: int
    fees: tuple[AppointmentFee, ...]


class ReadBillingSettings(Command, frozen=True, kw_only=True):
    """Changes nothing."""


@use_case(ChangeBillingSettings, "invoices:configure")
async def change(command: ChangeBillingSettings, session: Session) -> Outcome:
    """Raises UnsoundSettings, UnknownZone."""
    settings = await load_settings(session)
    settings.change(command.issuer, command.currency, command.zone, command.due_days, command.fees)
    return await session.commit(settings, **shown(settings))


@use_case(ReadBillingSettings, "invoices:configure")
async def read(command: ReadBillingSettings, session: Session) -> Outcome:
    """What holds now, also when nothing was ever set."""
    settings = await load_settings(session)
    return Outcome(settings.id, settings.version, 0, shown(settings))


async def load_settings(session: Session) -> BillingSettings:
    """Return the tenant's settings, with defaults when nothing was ever set."""
    tenant_id = session.context.tenant_id
    return await session.store.load(BillingSettings, tenant_id, settings_id(tenant_id))


def shown(settings: BillingSettings) -> dict[str, object]:
    """Return the settings as an answer."""
    return {
        "issuer": {
            "name": settings.issuer.name,
            "address": list(settings.issuer.address),
            "taxNumber": settings.issuer.tax_number,
        },
        "currency": settings.currency,
        "timeZone": settings.zone,
        "dueDays": settings.due_days,
        "fees": [
            {
                "appointmentType": fee.appointment_type,
                "amount": fee.amount.decimal(),
                "amount_cents": fee.amount.amount,
                "currency": fee.amount.currency,
                "taxBasisPoints": fee.tax_basis_points,
            }
            for fee in settings.fees.values()
        ],
    }
