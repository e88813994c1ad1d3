"""Business facts an invoice takes from its clinic: who issues it, and what an appointment costs."""

import msgspec

from domain.kernel.classes import Code, PublicText
from domain.kernel.money import Money


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """The business that issues an invoice, as it stands on the document; never a person's private data."""

    name: PublicText = ""
    address: tuple[PublicText, ...] = ()
    tax_number: PublicText = ""


class AppointmentFee(msgspec.Struct, frozen=True):
    """The price before tax of one appointment of a type, for those without a subscription that covers it."""

    appointment_type: Code
    amount: Money
    tax_basis_points: int = 0
