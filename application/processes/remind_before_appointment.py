"""A patient is reminded a day, two hours and half an hour before an appointment that stands as it was booked.

Leads: R380, R406, R407, R408.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.scheduling.note_reminder import NoteReminder
from domain.kernel.civil import CivilTime
from domain.kernel.ids import derived_id
from domain.kernel.recorded import Recorded
from domain.scheduling.appointment import Appointment
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentConfirmed,
    AppointmentImported,
    AppointmentRescheduled,
)
from domain.scheduling.kinds import AppointmentType, Lead
from domain.scheduling.state import TO_COME

LEADS = {Lead.DAY: timedelta(hours=24), Lead.HOURS: timedelta(hours=2), Lead.MINUTES: timedelta(minutes=30)}


def when_booked(event: AppointmentBooked, recorded: Recorded) -> Iterable[Due]:
    """Booked outright, it stands."""
    return reminders(event.starts, recorded)


def when_confirmed(event: AppointmentConfirmed, recorded: Recorded) -> Iterable[Due]:
    """A hold stands once it is confirmed; what was booked outright has its reminders already."""
    return reminders(event.starts, recorded) if event.was_held else ()


def when_moved(event: AppointmentRescheduled, recorded: Recorded) -> Iterable[Due]:
    """The new time has reminders of its own; those of the old one find it gone."""
    return reminders(event.starts, recorded) if event.status in TO_COME else ()


def when_imported(event: AppointmentImported, recorded: Recorded) -> Iterable[Due]:
    """Only what is still to come."""
    return reminders(event.starts, recorded) if event.status in TO_COME else ()


def reminders(starts: CivilTime, recorded: Recorded) -> Iterable[Due]:
    """Yield each reminder whose time had not passed when the event was recorded."""
    instant = starts.instant
    for lead, before in LEADS.items():
        if instant - before > recorded.recorded_at:
            ids = {"appointment_id": str(recorded.stream_id), "starts_at": instant.isoformat(), "lead": lead.value}
            yield Due(ids, instant - before, label=lead.value)


async def perform(effect: Effect, world: World) -> None:
    """Remind of the appointment if it still starts then and has not begun, and note it."""
    appointment_id, lead = UUID(effect.ids["appointment_id"]), Lead(effect.ids["lead"])
    starts_at = datetime.fromisoformat(effect.ids["starts_at"])
    appointment = await world.store.load(Appointment, effect.tenant_id, appointment_id)
    if not appointment.version or not appointment.awaits(starts_at) or (starts_at, lead) in appointment.reminded:
        return
    if world.now() >= starts_at:
        return
    people = {appointment.patient_id}
    if appointment.type is AppointmentType.HOME_VISIT and appointment.practitioner_id is not None:
        people.add(appointment.practitioner_id)
    for person in people:
        # Moved away and back, a time has two effects but one reminder: the key names the reminder itself.
        key = derived_id("reminder", appointment_id, starts_at, lead, person)
        ids = {"appointment_id": str(appointment_id)}
        await world.notifier.notify(effect.tenant_id, key, f"visit-reminder-{lead}", person, ids)
    command = NoteReminder(appointment_id=appointment_id, lead=lead, starts_at=starts_at)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="remind-before-appointment",
    on={
        AppointmentBooked: when_booked,
        AppointmentConfirmed: when_confirmed,
        AppointmentRescheduled: when_moved,
        AppointmentImported: when_imported,
    },
    perform=perform,
    queue="visit-reminders",
    priority=3,
)
