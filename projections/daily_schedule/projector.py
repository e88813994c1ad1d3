"""Keeps every appointment under its practitioner and its date on the wall."""

from datetime import date
from pathlib import Path

from domain.kernel.civil import CivilTime
from domain.kernel.recorded import Recorded
from domain.scheduling import events as told
from domain.scheduling.kinds import AppointmentStatus as Status
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("daily_schedule", ("tenant_id", "appointment_id"))


def held(rows: Rows, event: told.AppointmentHeld, recorded: Recorded) -> None:
    """On hold."""
    _entered(rows, event, recorded, Status.PENDING, event.overbooked)


def booked(rows: Rows, event: told.AppointmentBooked, recorded: Recorded) -> None:
    """Booked outright."""
    _entered(rows, event, recorded, Status.SCHEDULED, event.overbooked)


def imported(rows: Rows, event: told.AppointmentImported, recorded: Recorded) -> None:
    """Told by another system."""
    _entered(rows, event, recorded, event.status, False)


def rescheduled(rows: Rows, event: told.AppointmentRescheduled, recorded: Recorded) -> None:
    """On another date or time, or with another practitioner."""
    moved = {
        "practitioner_id": event.practitioner_id, **_times(event.starts, event.minutes),
        "overbooked": event.overbooked,
    }  # fmt: skip
    _changed(rows, recorded, moved)


def confirmed(rows: Rows, event: told.AppointmentConfirmed, recorded: Recorded) -> None:
    """It stands."""
    _changed(rows, recorded, {"status": Status.CONFIRMED.value})


def checked_in(rows: Rows, event: told.AppointmentCheckedIn, recorded: Recorded) -> None:
    """The patient is there."""
    _changed(rows, recorded, {"status": Status.CHECKED_IN.value, "checked_in_at": event.checked_in_at})


def started(rows: Rows, event: told.AppointmentStarted, recorded: Recorded) -> None:
    """It takes place."""
    _changed(rows, recorded, {"status": Status.IN_PROGRESS.value, "started_at": event.started_at})


def completed(rows: Rows, event: told.AppointmentCompleted, recorded: Recorded) -> None:
    """It took place."""
    _changed(rows, recorded, {"status": Status.COMPLETED.value, "completed_at": event.completed_at})


def cancelled(rows: Rows, event: told.AppointmentCancelled, recorded: Recorded) -> None:
    """It is called off."""
    _changed(rows, recorded, {"status": Status.CANCELLED.value})


def not_shown(rows: Rows, event: told.AppointmentMarkedNoShow, recorded: Recorded) -> None:
    """Nobody came."""
    _changed(rows, recorded, {"status": Status.NO_SHOW.value})


def expired(rows: Rows, event: told.HoldExpired, recorded: Recorded) -> None:
    """The hold ran out."""
    _changed(rows, recorded, {"status": Status.EXPIRED.value})


def unseen(
    rows: Rows,
    event: told.AppointmentCovered | told.AppointmentUncovered | told.AppointmentReminded,
    recorded: Recorded,
) -> None:
    """Nothing a day's list shows; only the version moves on."""
    _changed(rows, recorded, {})


def _entered(
    rows: Rows, event: told.Booking | told.AppointmentImported, recorded: Recorded, status: Status, overbooked: bool
) -> None:
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "version": recorded.version,
            "practitioner_id": event.practitioner_id,
            **_times(event.starts, event.minutes),
            "status": status.value,
            "type": event.type.value,
            "patient_id": event.patient_id,
            "location_id": event.location_id,
            "overbooked": overbooked,
        },
    )


def _times(starts: CivilTime, minutes: int) -> dict[str, object]:
    return {
        "day": date.fromisoformat(starts.local[:10]), "starts_at": starts.instant, "starts_local": starts.local,
        "zone": starts.zone, "minutes": minutes,
    }  # fmt: skip


def _changed(rows: Rows, recorded: Recorded, values: dict[str, object]) -> None:
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), {**values, "version": recorded.version})


READ_MODEL = ReadModel(
    name="daily_schedule",
    tables=(TABLE,),
    on={
        told.AppointmentHeld: held,
        told.AppointmentBooked: booked,
        told.AppointmentImported: imported,
        told.AppointmentRescheduled: rescheduled,
        told.AppointmentConfirmed: confirmed,
        told.AppointmentCheckedIn: checked_in,
        told.AppointmentStarted: started,
        told.AppointmentCompleted: completed,
        told.AppointmentCancelled: cancelled,
        told.AppointmentMarkedNoShow: not_shown,
        told.HoldExpired: expired,
        told.AppointmentCovered: unseen,
        told.AppointmentUncovered: unseen,
        told.AppointmentReminded: unseen,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
