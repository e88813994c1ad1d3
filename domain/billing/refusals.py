"""Why an appointment cannot be booked on a subscription: each tells the client what would help."""

from typing import ClassVar

from domain.kernel.errors import IllegalTransition, Kind, Refused

RESOURCE = "appointments"


class SubscriptionRequired(Refused):
    """There is no subscription that is paid for and running."""

    code = "subscription-required"
    kind: ClassVar[Kind] = Kind.PAYMENT_REQUIRED


class QuotaExhausted(Refused):
    """Every appointment of the period is used."""

    code = "quota-exhausted"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class TypeNotCovered(Refused):
    """The plan does not include appointments of this type."""

    code = "appointment-type-not-covered"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class AppointmentNotOnSubscription(IllegalTransition):
    """The appointment was never booked on this subscription, or was taken off it before."""

    code = "appointment-not-on-subscription"


class NothingToRenew(IllegalTransition):
    """The current period still runs."""

    code = "nothing-to-renew"


class AlreadySubscribed(Refused):
    """The person has a subscription here that is not over."""

    code = "already-subscribed"
    kind: ClassVar[Kind] = Kind.CONFLICT
