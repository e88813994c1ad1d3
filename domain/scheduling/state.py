"""The state of an appointment: what its events amount to, and what can be asked of it. Commands are beside it."""

from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.civil import CivilTime
from domain.kernel.money import Money
from domain.kernel.ownership import Owned
from domain.kernel.unique import UniqueKey
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentCovered,
    AppointmentHeld,
    AppointmentImported,
    AppointmentMarkedNoShow,
    AppointmentReminded,
    AppointmentRescheduled,
    AppointmentStarted,
    AppointmentUncovered,
    HoldExpired,
)
from domain.scheduling.kinds import AppointmentStatus as Status
from domain.scheduling.kinds import AppointmentType, Lead
from domain.scheduling.slots import Slot

TO_COME = (Status.SCHEDULED, Status.CONFIRMED)
MOVABLE = (Status.PENDING, *TO_COME)
OPEN = (*MOVABLE, Status.CHECKED_IN)


class AppointmentState(Aggregate):
    """Folded from an appointment's events; decides nothing. Times of events are aware and in UTC."""

    patient_id: UUID
    practitioner_id: UUID | None
    type: AppointmentType
    starts: CivilTime
    minutes: int
    status: Status

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.slot: Slot | None = None
        self.overbooked = False
        self.hold_expires_at: datetime | None = None
        self.parent_appointment_id: UUID | None = None
        self.subscription_id: UUID | None = None
        self.price: Money | None = None
        self.moves = 0
        self.reminded: set[tuple[datetime, Lead]] = set()

    @evolves
    def _booked(self, event: AppointmentHeld | AppointmentBooked) -> None:
        self.patient_id, self.practitioner_id, self.type = event.patient_id, event.practitioner_id, event.type
        self.starts, self.minutes, self.slot = event.starts, event.minutes, event.slot
        self.overbooked, self.price = event.overbooked, event.price
        self.parent_appointment_id, self.subscription_id = event.parent_appointment_id, event.subscription_id
        self.status = Status.SCHEDULED
        if isinstance(event, AppointmentHeld):
            self.status, self.hold_expires_at = Status.PENDING, event.hold_expires_at

    @evolves
    def _imported(self, event: AppointmentImported) -> None:
        self.patient_id, self.practitioner_id, self.type = event.patient_id, event.practitioner_id, event.type
        self.starts, self.minutes, self.slot = event.starts, event.minutes, event.slot
        self.status = event.status

    @evolves
    def _confirmed(self, event: AppointmentConfirmed) -> None:
        self.status, self.hold_expires_at = Status.CONFIRMED, None

    @evolves
    def _rescheduled(self, event: AppointmentRescheduled) -> None:
        self.practitioner_id, self.starts, self.minutes = event.practitioner_id, event.starts, event.minutes
        self.slot, self.overbooked, self.moves = event.slot, event.overbooked, event.moves

    @evolves
    def _covered(self, event: AppointmentCovered) -> None:
        self.subscription_id = event.subscription_id

    @evolves
    def _uncovered(self, event: AppointmentUncovered) -> None:
        self.subscription_id = None

    @evolves
    def _checked_in(self, event: AppointmentCheckedIn) -> None:
        self.status = Status.CHECKED_IN

    @evolves
    def _started(self, event: AppointmentStarted) -> None:
        self.status = Status.IN_PROGRESS

    @evolves
    def _completed(self, event: AppointmentCompleted) -> None:
        self.status = Status.COMPLETED

    @evolves
    def _cancelled(self, event: AppointmentCancelled) -> None:
        self.status, self.slot, self.hold_expires_at = Status.CANCELLED, None, None

    @evolves
    def _not_shown(self, event: AppointmentMarkedNoShow) -> None:
        self.status = Status.NO_SHOW

    @evolves
    def _expired(self, event: HoldExpired) -> None:
        self.status, self.slot, self.hold_expires_at = Status.EXPIRED, None, None

    @evolves
    def _reminded(self, event: AppointmentReminded) -> None:
        self.reminded.add((event.starts.instant, event.lead))

    @property
    def owned(self) -> Owned:
        """The patient's, attended by the practitioner."""
        return Owned(self.patient_id, self.practitioner_id)

    @property
    def keys(self) -> tuple[UniqueKey, ...]:
        """The seats it holds."""
        return self.slot.keys(self.practitioner_id) if self.slot and self.practitioner_id else ()

    @property
    def is_subscription_based(self) -> bool:
        """Whether a subscription pays for it."""
        return self.subscription_id is not None

    def awaits(self, starts: datetime) -> bool:
        """Whether it will take place, as far as one knows, at ``starts`` exactly."""
        return self.status in TO_COME and self.starts.instant == starts
