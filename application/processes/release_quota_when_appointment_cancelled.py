"""An appointment that is called off, or whose hold runs out, gives its place back to the subscription."""

from collections.abc import Iterable
from uuid import UUID

from application.booking.take_off_subscription import TakeOffSubscription
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.kernel.recorded import Recorded
from domain.scheduling.appointment import Appointment
from domain.scheduling.events import AppointmentCancelled, HoldExpired


def derive(event: AppointmentCancelled | HoldExpired, recorded: Recorded) -> Iterable[Due]:
    """Only those a subscription pays for."""
    if event.subscription_id is not None:
        yield Due({"appointment_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """Nothing is left to do when someone took it off the subscription before."""
    appointment_id = UUID(effect.ids["appointment_id"])
    appointment = await world.store.load(Appointment, effect.tenant_id, appointment_id)
    if appointment.subscription_id is not None:
        command = TakeOffSubscription(appointment_id=appointment_id)
        await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="release-quota-when-appointment-cancelled",
    on={AppointmentCancelled: derive, HoldExpired: derive},
    perform=perform,
    queue="billing",
    priority=2,
)
