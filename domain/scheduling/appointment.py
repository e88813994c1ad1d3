"""An appointment: one patient, one practitioner, one time, from the hold to its end."""

from datetime import datetime
from uuid import UUID

from domain.kernel.civil import CivilTime, zone
from domain.kernel.errors import IllegalTransition
from domain.scheduling.details import MAX_HOLD, Details, Overbooking, check_slot, check_times
from domain.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentCovered,
    AppointmentHeld,
    AppointmentMarkedNoShow,
    AppointmentReminded,
    AppointmentRescheduled,
    AppointmentStarted,
    AppointmentUncovered,
    HoldExpired,
)
from domain.scheduling.kinds import AppointmentStatus as Status
from domain.scheduling.kinds import AppointmentType, CancellationCode, Lead, Party
from domain.scheduling.refusals import AlreadyBooked, HoldRanOut, NotYet, UnsoundLink, UnsoundTimes
from domain.scheduling.slots import Slot
from domain.scheduling.state import MOVABLE, OPEN, TO_COME, AppointmentState


class Appointment(AppointmentState):
    """``now`` is an aware instant; the seats of ``slot`` are taken by whoever calls, in the same commit."""

    NAME = "appointment"

    def book(
        self,
        details: Details,
        slot: Slot,
        *,
        capacity: int,
        now: datetime,
        hold_expires_at: datetime | None,
        overbooking: Overbooking | None = None,
    ) -> None:
        """Put the time on hold until ``hold_expires_at``, or book it outright (None)."""
        if self.version:
            raise AlreadyBooked("This appointment is booked already.")
        details.check(now)
        beyond = check_slot(slot, details.starts, details.minutes, capacity, overbooking)
        facts = details._asdict() | {
            "slot": slot,
            "overbooked": beyond is not None,
            "overbooking_code": beyond.code if beyond else None,
            "overbooking_reason": beyond.reason if beyond else None,
            "is_subscription_based": details.subscription_id is not None,
        }
        if hold_expires_at is None:
            self.record(AppointmentBooked(**facts))
            return
        if not now < hold_expires_at <= now + MAX_HOLD:
            raise UnsoundTimes("A hold lasts up to seven days.", field="hold_minutes")
        self.record(AppointmentHeld(**facts, hold_expires_at=hold_expires_at))

    def confirm(self, now: datetime) -> None:
        """Let the appointment stand. Raises HoldRanOut when the hold is over, expired in the books or not."""
        self._guard(Status.PENDING, Status.SCHEDULED, what="confirmed")
        if self.hold_expires_at is not None and now >= self.hold_expires_at:
            raise HoldRanOut("The hold ran out: choose a time again.", hold_expires_at=self.hold_expires_at.isoformat())
        held = self.status is Status.PENDING
        self.record(AppointmentConfirmed(patient_id=self.patient_id, was_held=held, starts=self.starts))

    def reschedule(
        self,
        practitioner_id: UUID,
        starts: CivilTime,
        minutes: int,
        slot: Slot,
        *,
        capacity: int,
        now: datetime,
        by: Party,
        reason: str | None = None,
        overbooking: Overbooking | None = None,
    ) -> None:
        """Move it; nothing is recorded when it would stay where it is."""
        self._guard(*MOVABLE, what="moved")
        if self.hold_expires_at is not None and now >= self.hold_expires_at:
            raise HoldRanOut("The hold ran out: choose a time again.", hold_expires_at=self.hold_expires_at.isoformat())
        check_times(starts, minutes, now)
        beyond = check_slot(slot, starts, minutes, capacity, overbooking)
        if (practitioner_id, starts, minutes) == (self.practitioner_id, self.starts, self.minutes):
            return
        self.record(
            AppointmentRescheduled(
                patient_id=self.patient_id,
                practitioner_id=practitioner_id,
                starts=starts,
                minutes=minutes,
                slot=slot,
                overbooked=beyond is not None,
                overbooking_code=beyond.code if beyond else None,
                status=self.status,
                moves=self.moves + 1,
                by=by,
                reason=reason,
                overbooking_reason=beyond.reason if beyond else None,
            )
        )

    def cover(self, subscription_id: UUID) -> None:
        """Let a subscription pay; the quota is consumed in the same commit. Twice the same changes nothing."""
        if self.subscription_id == subscription_id:
            return
        self._guard(*OPEN, what="paid for by a subscription")
        if self.subscription_id is not None:
            raise UnsoundLink("Another subscription pays for this appointment.", field="subscription_id")
        self.record(AppointmentCovered(patient_id=self.patient_id, subscription_id=subscription_id))

    def uncover(self) -> None:
        """Take it off its subscription; the quota is released in the same commit."""
        if self.subscription_id is not None:
            self.record(AppointmentUncovered(patient_id=self.patient_id, subscription_id=self.subscription_id))

    def check_in(self, now: datetime) -> None:
        """Note that the patient has come, on the day itself (in the zone of the appointment)."""
        self._guard(*TO_COME, what="checked in")
        if now.astimezone(zone(self.starts.zone)).date().isoformat() != self.starts.local[:10]:
            raise NotYet("One checks in on the day of the appointment.", starts=self.starts.local)
        self.record(AppointmentCheckedIn(patient_id=self.patient_id, checked_in_at=now))

    def start(self, now: datetime) -> None:
        """Begin. A video call needs no check-in: there is no desk to come to."""
        before = (Status.CHECKED_IN, *TO_COME) if self.type is AppointmentType.VIDEO_CALL else (Status.CHECKED_IN,)
        self._guard(*before, what="started")
        self.record(AppointmentStarted(patient_id=self.patient_id, started_at=now))

    def complete(self, now: datetime) -> None:
        """End it as having taken place."""
        self._guard(Status.IN_PROGRESS, what="completed")
        self.record(
            AppointmentCompleted(
                patient_id=self.patient_id, completed_at=now, practitioner_id=self.practitioner_id, type=self.type,
                subscription_id=self.subscription_id, price=self.price,
            )
        )  # fmt: skip

    def cancel(self, code: CancellationCode, by: Party, actor_id: UUID, reason: str | None = None) -> None:
        """Call it off; its seats are released in the same commit."""
        self._guard(*OPEN, what="cancelled")
        self.record(
            AppointmentCancelled(
                patient_id=self.patient_id, code=code, by=by, cancelled_by=actor_id,
                subscription_id=self.subscription_id, reason=reason,
            )
        )  # fmt: skip

    def mark_no_show(self, now: datetime) -> None:
        """Note that nobody came, once the start is over."""
        self._guard(*TO_COME, what="marked as no-show")
        if now < self.starts.instant:
            raise NotYet("The appointment has not begun yet.", starts=self.starts.local)
        self.record(AppointmentMarkedNoShow(patient_id=self.patient_id, subscription_id=self.subscription_id))

    def expire_hold(self, hold_expires_at: datetime) -> None:
        """Let the hold that was to end at ``hold_expires_at`` run out; nothing happens to one confirmed or gone."""
        if self.status is Status.PENDING and self.hold_expires_at == hold_expires_at:
            self.record(
                HoldExpired(
                    patient_id=self.patient_id, hold_expires_at=hold_expires_at, subscription_id=self.subscription_id
                )
            )

    def note_reminder(self, lead: Lead, starts: datetime) -> None:
        """Note that the patient was reminded of the start at ``starts``, once per lead."""
        if self.awaits(starts) and (starts, lead) not in self.reminded:
            self.record(AppointmentReminded(patient_id=self.patient_id, lead=lead, starts=self.starts))

    def _guard(self, *before: Status, what: str) -> None:
        if self.status not in before:
            raise IllegalTransition(
                f"An appointment that is {self.status} cannot be {what}.", status=self.status, possible_from=before
            )
