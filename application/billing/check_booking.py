"""Whether an appointment could be booked on a subscription now: asked of the live contract, nothing is written."""

from uuid import UUID

from application.billing.contracts import figures
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription

READ = "subscriptions:read"


class CheckBooking(Command, frozen=True, kw_only=True):
    """For an appointment of this type."""

    subscription_id: UUID
    appointment_type: str


@use_case(CheckBooking, READ)
async def handle(command: CheckBooking, session: Session) -> Outcome:
    """Answers canBook, and code, reason and details of what is in the way. Raises NotFound."""
    subscription = await session.load(Subscription, command.subscription_id)
    version = subscription.version
    subscription.catch_up(session.context.now)
    refusal = subscription.why_not(command.appointment_type)
    why = {} if refusal is None else {"code": refusal.code, "reason": refusal.message, "details": refusal.details}
    answer = {
        "userId": str(subscription.person_id), "canBook": refusal is None, "appointmentType": command.appointment_type,
        **why, **figures(subscription),
    }  # fmt: skip
    return Outcome(subscription.id, version, 0, answer)
