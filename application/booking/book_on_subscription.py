"""Let a subscription pay for an appointment: quota consumed and appointment covered in one transaction, once."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.billing.subscription import Subscription
from domain.kernel.errors import Invalid
from domain.scheduling.appointment import Appointment

USE = "subscriptions:use"


class NotTheirAppointment(Invalid):
    """The appointment is another person's than the subscription."""

    code = "not-the-subscribers-appointment"


class BookOnSubscription(Command, frozen=True, kw_only=True):
    """The appointment is booked already; it must be the subscriber's own."""

    subscription_id: UUID
    appointment_id: UUID


@use_case(BookOnSubscription, USE)
async def handle(command: BookOnSubscription, session: Session) -> Outcome:
    """Asked again for the same appointment, nothing changes.

    Raises NotFound, NotTheirAppointment, SubscriptionRequired, TypeNotCovered, QuotaExhausted, IllegalTransition.
    """
    subscription = await session.load(Subscription, command.subscription_id)
    appointment = await session.load(Appointment, command.appointment_id)
    if appointment.patient_id != subscription.person_id:
        raise NotTheirAppointment("This appointment is not the subscriber's.", field="appointmentId")
    appointment.cover(subscription.id)
    subscription.consume(appointment.id, appointment.type.value, session.context.now)
    return await session.commit(
        subscription,
        appointment,
        subscriptionId=str(subscription.id),
        appointmentId=str(appointment.id),
        appointmentsUsed=subscription.quota.used,
        appointmentsRemaining=subscription.quota.remaining,
    )
