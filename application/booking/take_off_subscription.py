"""Take an appointment off its subscription: quota released and appointment uncovered in one transaction, once."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.refusals import AppointmentNotOnSubscription
from domain.billing.subscription import Subscription
from domain.kernel.errors import IllegalTransition
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import AppointmentStatus

USE = "subscriptions:use"
USED = (AppointmentStatus.IN_PROGRESS, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)


class AppointmentUsed(IllegalTransition):
    """It took place, or its time passed unused: its place is not given back."""

    code = "appointment-used"


class TakeOffSubscription(Command, frozen=True, kw_only=True):
    """Whichever subscription pays for it."""

    appointment_id: UUID


@use_case(TakeOffSubscription, USE)
async def handle(command: TakeOffSubscription, session: Session) -> Outcome:
    """Raises NotFound, AppointmentNotOnSubscription, AppointmentUsed."""
    appointment = await session.load(Appointment, command.appointment_id)
    if appointment.subscription_id is None:
        raise AppointmentNotOnSubscription("No subscription pays for this appointment.")
    if appointment.status in USED:
        raise AppointmentUsed("This appointment was used: its place is not given back.", status=appointment.status)
    subscription = await session.load(Subscription, appointment.subscription_id)
    if appointment.id in subscription.quota.taken:
        subscription.release(appointment.id)
    appointment.uncover()
    return await session.commit(
        subscription,
        appointment,
        subscriptionId=str(subscription.id),
        appointmentId=str(appointment.id),
        appointmentsUsed=subscription.quota.used,
        appointmentsRemaining=subscription.quota.remaining,
    )
