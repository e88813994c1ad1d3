"""Keeps every appointment as it stands, and the sealed remarks made on the way."""

from datetime import timedelta
from pathlib import Path

from domain.kernel.civil import CivilTime
from domain.kernel.money import Money
from domain.kernel.recorded import Recorded
from domain.scheduling import events as told
from domain.scheduling.kinds import AppointmentStatus as Status
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("appointment", ("tenant_id", "appointment_id"))
REMARKS = Table("appointment_remarks", ("tenant_id", "appointment_id", "version"))


def held(rows: Rows, event: told.AppointmentHeld, recorded: Recorded) -> None:
    """A time is on hold."""
    _booked(rows, event, recorded, {"status": Status.PENDING.value, "hold_expires_at": event.hold_expires_at})


def booked(rows: Rows, event: told.AppointmentBooked, recorded: Recorded) -> None:
    """A time is booked."""
    _booked(rows, event, recorded, {"status": Status.SCHEDULED.value, "hold_expires_at": None})


def imported(rows: Rows, event: told.AppointmentImported, recorded: Recorded) -> None:
    """An appointment of another system is known."""
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "version": recorded.version,
            "status": event.status.value,
            "patient_id": event.patient_id,
            "practitioner_id": event.practitioner_id,
            "location_id": event.location_id,
            "type": event.type.value,
            **_times(event.starts, event.minutes),
            "source_system": event.source_system,
            "source_id": event.source_id,
            "booked_at": recorded.recorded_at,
            "changed_at": recorded.recorded_at,
        },
    )
    _remark(rows, recorded)


def confirmed(rows: Rows, event: told.AppointmentConfirmed, recorded: Recorded) -> None:
    """It stands."""
    _changed(rows, recorded, {"status": Status.CONFIRMED.value, "hold_expires_at": None})


def rescheduled(rows: Rows, event: told.AppointmentRescheduled, recorded: Recorded) -> None:
    """It is at another time, or with another practitioner."""
    _changed(
        rows,
        recorded,
        {
            "practitioner_id": event.practitioner_id,
            **_times(event.starts, event.minutes),
            "moves": event.moves,
            "overbooked": event.overbooked,
            "overbooking_code": event.overbooking_code.value if event.overbooking_code else None,
        },
    )
    _remark(rows, recorded)


def covered(rows: Rows, event: told.AppointmentCovered, recorded: Recorded) -> None:
    """A subscription pays."""
    _changed(rows, recorded, {"subscription_id": event.subscription_id})


def uncovered(rows: Rows, event: told.AppointmentUncovered, recorded: Recorded) -> None:
    """No subscription pays."""
    _changed(rows, recorded, {"subscription_id": None})


def checked_in(rows: Rows, event: told.AppointmentCheckedIn, recorded: Recorded) -> None:
    """The patient is there."""
    _changed(rows, recorded, {"status": Status.CHECKED_IN.value})


def started(rows: Rows, event: told.AppointmentStarted, recorded: Recorded) -> None:
    """It takes place."""
    _changed(rows, recorded, {"status": Status.IN_PROGRESS.value})


def completed(rows: Rows, event: told.AppointmentCompleted, recorded: Recorded) -> None:
    """It took place."""
    _changed(rows, recorded, {"status": Status.COMPLETED.value})


def cancelled(rows: Rows, event: told.AppointmentCancelled, recorded: Recorded) -> None:
    """It is called off."""
    _changed(
        rows,
        recorded,
        {
            "status": Status.CANCELLED.value,
            "hold_expires_at": None,
            "cancellation_code": event.code.value,
            "cancelled_by": event.by.value,
        },
    )
    _remark(rows, recorded)


def not_shown(rows: Rows, event: told.AppointmentMarkedNoShow, recorded: Recorded) -> None:
    """Nobody came."""
    _changed(rows, recorded, {"status": Status.NO_SHOW.value})


def expired(rows: Rows, event: told.HoldExpired, recorded: Recorded) -> None:
    """The hold ran out."""
    _changed(rows, recorded, {"status": Status.EXPIRED.value, "hold_expires_at": None})


def reminded(rows: Rows, event: told.AppointmentReminded, recorded: Recorded) -> None:
    """Only the version moves on."""
    _changed(rows, recorded, {})


def _booked(rows: Rows, event: told.Booking, recorded: Recorded, standing: dict[str, object]) -> None:
    price: Money | None = event.price
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "version": recorded.version,
            **standing,
            "patient_id": event.patient_id,
            "practitioner_id": event.practitioner_id,
            "location_id": event.location_id,
            "type": event.type.value,
            **_times(event.starts, event.minutes),
            "parent_appointment_id": event.parent_appointment_id,
            "is_follow_up": event.is_follow_up,
            "series_id": event.series_id,
            "series_sequence": event.series_sequence,
            "subscription_id": event.subscription_id,
            "price_amount": price.amount if price else None,
            "price_currency": price.currency if price else None,
            "overbooked": event.overbooked,
            "overbooking_code": event.overbooking_code.value if event.overbooking_code else None,
            "booked_at": recorded.recorded_at,
            "changed_at": recorded.recorded_at,
        },
    )
    _remark(rows, recorded)


def _times(starts: CivilTime, minutes: int) -> dict[str, object]:
    begins = starts.instant
    return {
        "starts_at": begins,
        "ends_at": begins + timedelta(minutes=minutes),
        "starts_local": starts.local,
        "zone": starts.zone,
        "fold": starts.fold,
        "minutes": minutes,
    }


def _changed(rows: Rows, recorded: Recorded, values: dict[str, object]) -> None:
    changes = {**values, "version": recorded.version, "changed_at": recorded.recorded_at}
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), changes)


def _remark(rows: Rows, recorded: Recorded) -> None:
    key = (recorded.tenant_id, recorded.stream_id, recorded.version)
    rows.insert(REMARKS.name, key, sealed_columns(recorded))


READ_MODEL = ReadModel(
    name="appointment",
    tables=(TABLE, REMARKS),
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
        told.AppointmentReminded: reminded,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
