"""What is said when an appointment is made, and whether that can be."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.kernel.civil import CivilTime
from domain.kernel.money import Money
from domain.scheduling.kinds import AppointmentType, OverbookingCode
from domain.scheduling.refusals import OverbookingNeedsReason, StartsInPast, UnsoundLink, UnsoundPrice, UnsoundTimes
from domain.scheduling.slots import Slot, cell_of, cells_of

MIN_MINUTES, MAX_MINUTES = 5, 24 * 60
MAX_HOLD = timedelta(days=7)


class Details(NamedTuple):
    """Everything an appointment is about; ``subscription_id`` only together with the quota it uses up."""

    patient_id: UUID
    practitioner_id: UUID
    type: AppointmentType
    starts: CivilTime
    minutes: int
    location_id: UUID | None = None
    parent_appointment_id: UUID | None = None
    is_follow_up: bool = False
    series_id: UUID | None = None
    series_sequence: int | None = None
    subscription_id: UUID | None = None
    price: Money | None = None
    notes: str | None = None

    def check(self, now: datetime) -> None:
        """Raise UnsoundTimes, StartsInPast, UnsoundLink or UnsoundPrice unless this can be booked ``now``."""
        check_times(self.starts, self.minutes, now)
        if self.is_follow_up and self.parent_appointment_id is None:
            raise UnsoundLink("A follow-up names the appointment it follows.", field="parent_appointment_id")
        if (self.series_id is None) != (self.series_sequence is None):
            raise UnsoundLink("A place in a series has the series and its number there.", field="series_id")
        if self.series_sequence is not None and self.series_sequence < 1:
            raise UnsoundLink("Places in a series are counted from 1.", field="series_sequence")
        if self.price is not None and self.price.amount < 0:
            raise UnsoundPrice("A price is not negative.", field="price")


class Overbooking(NamedTuple):
    """Why a seat beyond the capacity may be given."""

    code: OverbookingCode
    reason: str | None = None


def check_times(starts: CivilTime, minutes: int, now: datetime) -> None:
    """Raise unless the length is an appointment's and the start is not over."""
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise UnsoundTimes(f"An appointment takes {MIN_MINUTES} to {MAX_MINUTES} minutes.", field="minutes")
    if cell_of(starts.instant) < cell_of(now):
        raise StartsInPast("An appointment cannot start in the past.", field="starts")


def check_slot(
    slot: Slot, starts: CivilTime, minutes: int, capacity: int, overbooking: Overbooking | None
) -> Overbooking | None:
    """Return the overbooking that the seats call for, or None; raise where it is called for and not given."""
    if slot.cells != cells_of(starts.instant, minutes):
        raise UnsoundTimes("The seats are not those of the time.", field="starts")
    if not slot.beyond(capacity):
        return None
    if overbooking is None:
        raise OverbookingNeedsReason("No seat is left within the capacity: overbooking takes a reason.")
    return overbooking
