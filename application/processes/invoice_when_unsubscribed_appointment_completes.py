"""A completed appointment that no subscription's quota was used for is invoiced, at its price or the clinic's fee."""

from collections.abc import Iterable
from uuid import UUID

from application.billing.invoice_appointment import InvoiceAppointment
from application.booking.billed_person import bill_to
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.billing.subscription import Subscription
from domain.kernel.recorded import Recorded
from domain.scheduling.appointment import Appointment
from domain.scheduling.events import AppointmentCompleted


def derive(event: AppointmentCompleted, recorded: Recorded) -> Iterable[Due]:
    """Each one; whether its quota was used is asked when it is performed."""
    yield Due({"appointment_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """A subscription pays only when the appointment stands in its quota: a mere link to one is not enough."""
    tenant_id, appointment_id = effect.tenant_id, UUID(effect.ids["appointment_id"])
    appointment = await world.store.load(Appointment, tenant_id, appointment_id)
    if appointment.subscription_id is not None:
        subscription = await world.store.load(Subscription, tenant_id, appointment.subscription_id)
        if subscription.version and appointment_id in subscription.quota.taken:
            return
    command = InvoiceAppointment(
        appointment_id=appointment_id,
        person_id=appointment.patient_id,
        appointment_type=appointment.type.value,
        price=appointment.price,
        held_on=appointment.starts.local[:10],
        source=effect.event_id,
        bill_to=await bill_to(world.streams, tenant_id, appointment.patient_id),
    )
    await world.act(command, tenant_id=tenant_id, key=effect.key)


PROCESS = Process(
    name="invoice-when-unsubscribed-appointment-completes",
    on={AppointmentCompleted: derive},
    perform=perform,
    queue="billing",
    priority=4,
)
