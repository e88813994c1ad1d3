"""Keeps the hours of each practitioner, the dates blocked, and the seats taken in each five-minute cell."""

from pathlib import Path
from uuid import UUID

from domain.kernel.recorded import Recorded
from domain.scheduling import events as told
from domain.scheduling.slots import Slot
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TAKEN = Table("free_times", ("tenant_id", "appointment_id"))
HOURS = Table("free_times_hours", ("tenant_id", "practitioner_id"))
BLOCKED = Table("free_times_blocked", ("tenant_id", "practitioner_id", "day"))


def booked(rows: Rows, event: told.AppointmentHeld | told.AppointmentBooked, recorded: Recorded) -> None:
    """Seats are taken."""
    rows.insert(TAKEN.name, _key(recorded), _seats(event.practitioner_id, event.slot))


def imported(rows: Rows, event: told.AppointmentImported, recorded: Recorded) -> None:
    """Seats are taken where the time was still to come."""
    if event.slot is not None and event.practitioner_id is not None:
        rows.insert(TAKEN.name, _key(recorded), _seats(event.practitioner_id, event.slot))


def rescheduled(rows: Rows, event: told.AppointmentRescheduled, recorded: Recorded) -> None:
    """Other seats are taken instead."""
    rows.put(TAKEN.name, _key(recorded), _seats(event.practitioner_id, event.slot))


def given_back(rows: Rows, event: told.AppointmentCancelled | told.HoldExpired, recorded: Recorded) -> None:
    """The seats are free."""
    rows.drop(TAKEN.name, _key(recorded))


def hours_set(rows: Rows, event: told.WorkingHoursSet, recorded: Recorded) -> None:
    """These are the hours now."""
    rows.put(
        HOURS.name,
        (recorded.tenant_id, event.practitioner_id),
        {
            "version": recorded.version,
            "zone": event.zone,
            "weekdays": [window.weekday for window in event.hours],
            "opens": [window.opens for window in event.hours],
            "closes": [window.closes for window in event.hours],
            "capacity": event.capacity,
            "step_minutes": event.step_minutes,
            "window_days": event.window_days,
            "notice_minutes": event.notice_minutes,
        },
    )


def blocked(rows: Rows, event: told.DateBlocked, recorded: Recorded) -> None:
    """The date is closed."""
    rows.put(BLOCKED.name, (recorded.tenant_id, event.practitioner_id, event.date), {})
    rows.change(HOURS.name, (recorded.tenant_id, event.practitioner_id), {"version": recorded.version})


def unblocked(rows: Rows, event: told.DateUnblocked, recorded: Recorded) -> None:
    """The date is open."""
    rows.drop(BLOCKED.name, (recorded.tenant_id, event.practitioner_id, event.date))
    rows.change(HOURS.name, (recorded.tenant_id, event.practitioner_id), {"version": recorded.version})


def _key(recorded: Recorded) -> tuple[UUID, UUID]:
    return recorded.tenant_id, recorded.stream_id


def _seats(practitioner_id: UUID, slot: Slot) -> dict[str, object]:
    return {
        "practitioner_id": practitioner_id, "first_cell": slot.first_cell, "last_cell": slot.cells[-1],
        "seats": list(slot.seats),
    }  # fmt: skip


READ_MODEL = ReadModel(
    name="free_times",
    tables=(TAKEN, HOURS, BLOCKED),
    on={
        told.AppointmentHeld: booked,
        told.AppointmentBooked: booked,
        told.AppointmentImported: imported,
        told.AppointmentRescheduled: rescheduled,
        told.AppointmentCancelled: given_back,
        told.HoldExpired: given_back,
        told.WorkingHoursSet: hours_set,
        told.DateBlocked: blocked,
        told.DateUnblocked: unblocked,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
