"""The words of billing: states of contracts and invoices, means of payment, ways of rounding."""

from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """States of a subscription; the two incomplete ones wait for a payment provider's answer."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    INCOMPLETE = "INCOMPLETE"
    INCOMPLETE_EXPIRED = "INCOMPLETE_EXPIRED"


class InvoiceStatus(StrEnum):
    """States of an invoice."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PAID = "PAID"
    VOID = "VOID"
    UNCOLLECTIBLE = "UNCOLLECTIBLE"
    OVERDUE = "OVERDUE"


class PaymentMethod(StrEnum):
    """Means by which an invoice is settled."""

    CASH = "CASH"
    CARD = "CARD"
    UPI = "UPI"
    NET_BANKING = "NET_BANKING"
    WALLET = "WALLET"
    INSURANCE = "INSURANCE"


class Rounding(StrEnum):
    """How a fraction of a minor unit becomes a whole one."""

    HALF_AWAY_FROM_ZERO = "half-away-from-zero"
