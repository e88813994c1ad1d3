"""Counts nothing and names nobody: the facts of each appointment that figures are made from."""

from datetime import date
from pathlib import Path

from domain.kernel.civil import CivilTime
from domain.kernel.recorded import Recorded
from domain.scheduling import events as told
from domain.scheduling.kinds import AppointmentStatus as Status
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("fact_appointments", ("tenant_id", "appointment_id"))


def held(rows: Rows, event: told.AppointmentHeld, recorded: Recorded) -> None:
    """On hold."""
    _booked(rows, event, recorded, Status.PENDING)


def booked(rows: Rows, event: told.AppointmentBooked, recorded: Recorded) -> None:
    """Booked outright."""
    _booked(rows, event, recorded, Status.SCHEDULED)


def imported(rows: Rows, event: told.AppointmentImported, recorded: Recorded) -> None:
    """Told by another system."""
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "as_of_position": recorded.position,
            "practitioner_id": event.practitioner_id,
            "location_id": event.location_id,
            "type": event.type.value,
            "status": event.status.value,
            "was_held": False,
            "imported": True,
            "booked_at": recorded.recorded_at,
            **_times(event.starts, event.minutes),
        },
    )


def confirmed(rows: Rows, event: told.AppointmentConfirmed, recorded: Recorded) -> None:
    """It stands."""
    _changed(rows, recorded, {"status": Status.CONFIRMED.value})


def rescheduled(rows: Rows, event: told.AppointmentRescheduled, recorded: Recorded) -> None:
    """It was moved."""
    moved = {
        "practitioner_id": event.practitioner_id, **_times(event.starts, event.minutes), "moves": event.moves,
        "overbooked": event.overbooked,
    }  # fmt: skip
    _changed(rows, recorded, moved)


def covered(rows: Rows, event: told.AppointmentCovered, recorded: Recorded) -> None:
    """A subscription pays."""
    _changed(rows, recorded, {"is_subscription_based": True})


def uncovered(rows: Rows, event: told.AppointmentUncovered, recorded: Recorded) -> None:
    """No subscription pays."""
    _changed(rows, recorded, {"is_subscription_based": False})


def checked_in(rows: Rows, event: told.AppointmentCheckedIn, recorded: Recorded) -> None:
    """The wait begins."""
    _changed(rows, recorded, {"status": Status.CHECKED_IN.value, "checked_in_at": event.checked_in_at})


def started(rows: Rows, event: told.AppointmentStarted, recorded: Recorded) -> None:
    """The wait is over."""
    _changed(rows, recorded, {"status": Status.IN_PROGRESS.value, "started_at": event.started_at})


def completed(rows: Rows, event: told.AppointmentCompleted, recorded: Recorded) -> None:
    """It took place."""
    ended: dict[str, object] = {
        "status": Status.COMPLETED.value,
        "completed_at": event.completed_at,
        "ended_at": event.completed_at,
    }
    _changed(rows, recorded, ended)


def cancelled(rows: Rows, event: told.AppointmentCancelled, recorded: Recorded) -> None:
    """It was called off."""
    ended: dict[str, object] = {
        "status": Status.CANCELLED.value, "cancellation_code": event.code.value, "cancelled_by": event.by.value,
        "ended_at": recorded.recorded_at,
    }  # fmt: skip
    _changed(rows, recorded, ended)


def not_shown(rows: Rows, event: told.AppointmentMarkedNoShow, recorded: Recorded) -> None:
    """Nobody came."""
    _changed(rows, recorded, {"status": Status.NO_SHOW.value, "ended_at": recorded.recorded_at})


def expired(rows: Rows, event: told.HoldExpired, recorded: Recorded) -> None:
    """The hold ran out."""
    _changed(rows, recorded, {"status": Status.EXPIRED.value, "ended_at": recorded.recorded_at})


def _booked(rows: Rows, event: told.Booking, recorded: Recorded, status: Status) -> None:
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "as_of_position": recorded.position,
            "practitioner_id": event.practitioner_id,
            "location_id": event.location_id,
            "type": event.type.value,
            "status": status.value,
            "was_held": status is Status.PENDING,
            "imported": False,
            "booked_at": recorded.recorded_at,
            **_times(event.starts, event.minutes),
            "is_follow_up": event.is_follow_up,
            "in_series": event.series_id is not None,
            "is_subscription_based": event.is_subscription_based,
            "overbooked": event.overbooked,
            "price_amount": event.price.amount if event.price else None,
            "price_currency": event.price.currency if event.price else None,
        },
    )


def _times(starts: CivilTime, minutes: int) -> dict[str, object]:
    day = date.fromisoformat(starts.local[:10])
    return {
        "starts_at": starts.instant, "local_date": day, "weekday": day.weekday(), "hour": int(starts.local[11:13]),
        "minutes": minutes,
    }  # fmt: skip


def _changed(rows: Rows, recorded: Recorded, values: dict[str, object]) -> None:
    changes = {**values, "as_of_position": recorded.position}
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), changes)


READ_MODEL = ReadModel(
    name="fact_appointments",
    tables=(TABLE,),
    on={
        told.AppointmentHeld: held,
        told.AppointmentBooked: booked,
        told.AppointmentImported: imported,
        told.AppointmentConfirmed: confirmed,
        told.AppointmentRescheduled: rescheduled,
        told.AppointmentCovered: covered,
        told.AppointmentUncovered: uncovered,
        told.AppointmentCheckedIn: checked_in,
        told.AppointmentStarted: started,
        told.AppointmentCompleted: completed,
        told.AppointmentCancelled: cancelled,
        told.AppointmentMarkedNoShow: not_shown,
        told.HoldExpired: expired,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
