"""Appointments of two practitioners, in the night in which the clocks go forward."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import strategies as some
from hypothesis.stateful import initialize, invariant

from domain.kernel.aggregate import evolves
from domain.kernel.civil import CivilTime
from domain.kernel.unique import UniqueKey
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Details
from domain.scheduling.events import AppointmentCancelled
from domain.scheduling.kinds import AppointmentStatus, AppointmentType, CancellationCode, Lead, Party
from domain.scheduling.slots import Slot, cells_of, choose, first_choice
from tests.properties.models.appointment import (
    ANNE,
    BERND,
    CELL,
    EPOCH,
    EVENING,
    LISBON,
    MOVABLE,
    ONE,
    OTHER,
    PATIENT,
    SPARE,
    TO_COME,
    URGENT,
    Visit,
    cells,
    seen,
    told,
)
from tests.properties.playing import DONE, ILLEGAL, Machine, Stream, Tally, ids, one, room, turn


class Clinic(Machine):
    """Books, moves and ends appointments; seats are taken as the store gives them out, each to one."""

    starts = some.sampled_from([30, 45, 60, 65, 70, 75, 90, 120, 241, 1500, 0, -5])
    lengths = some.sampled_from([5, 7, 15, 15, 30, 30, 60, 4, 1441])
    doctors = some.sampled_from([ANNE, BERND])
    holds = some.sampled_from([None, None, 5, 30, 30, 60, 7 * 1440, 7 * 1440 + 1, 0])
    #: The very minute at which something changes, or the one before; or now.
    moments = some.sampled_from([None, None, ("hold", 0), ("hold", 1), ("starts", 0), ("starts", 1)])

    def __init__(self, kind: type[Appointment] = Appointment, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.kind = kind
        self.now = EVENING
        self.ids = ids(0x1000)
        self.keys: dict[UniqueKey, UUID] = {}
        self.streams: list[Stream[Appointment]] = []
        self.model: list[Visit] = []

    @initialize(capacity=some.integers(1, 3))
    def open(self, capacity: int) -> None:
        self.capacity = capacity

    def come_to(self, visit: int, moment: tuple[str, int] | None) -> Visit:
        own = self.model[visit]
        at = getattr(own, moment[0]) if moment else None
        if moment and at is not None:
            self.now = max(self.now, at - timedelta(minutes=moment[1]))
        return own

    def hour(self, shift: int) -> datetime:
        return self.now.replace(minute=0) + timedelta(minutes=shift)

    def limit(self, over: bool) -> int:
        return self.capacity + (SPARE if over else 0)

    def expected(
        self, doctor: UUID, starts: datetime, minutes: int, over: bool, own: Visit | None
    ) -> dict[int, int] | str:
        """Return the seats the model gives (the one held already, or the lowest free), or why it gives none."""
        if not 5 <= minutes <= 1440:
            return "unsound-times"
        if (starts - EPOCH) // CELL < (self.now - EPOCH) // CELL:
            return "starts-in-past"
        chosen = {}
        for cell in cells(starts, minutes):
            others = {v.seats[cell] for v in self.model if v is not own and v.doctor == doctor and cell in v.seats}
            held = own.seats.get(cell) if own and own.doctor == doctor else None
            free = [seat for seat in range(self.limit(over)) if seat not in others]
            if not free:
                return "slot-taken"
            chosen[cell] = held if held in free else free[0]
        return chosen

    def seat(self, stream: Stream[Appointment], doctor: UUID, begins: CivilTime, minutes: int, over: bool,
             act: Callable[[Appointment, Slot], None]) -> str:  # fmt: skip
        """Try without looking, then with what the store says is taken, as the use cases do."""
        before = stream.load()
        held, limit = before.keys, self.limit(over)
        same = before.slot if before.version and before.practitioner_id == doctor else None
        kept = {cell: seat for cell, seat in same.seat_of.items() if seat < limit} if same else {}
        wanted = cells_of(begins.instant, minutes)
        slot: Slot | None = first_choice(wanted, kept)
        while slot is not None:
            aggregate, said = stream.attempt(lambda a, slot=slot: act(a, slot))  # type: ignore[misc]
            if said != DONE:
                return said
            if self.commit(aggregate, held):
                stream.keep(aggregate)
                return DONE
            taken: dict[int, set[int]] = {}
            for key in self.keys:
                whose, cell, number = key.key.rsplit(":", 2)
                if whose == str(doctor):
                    taken.setdefault(int(cell), set()).add(int(number))
            slot = choose(wanted, limit, kept, taken)
        return "slot-taken"

    def commit(self, aggregate: Appointment, held: tuple[UniqueKey, ...]) -> bool:
        new = [key for key in aggregate.keys if key not in held]
        if any(key in self.keys for key in new):
            return False
        self.keys |= dict.fromkeys(new, aggregate.id)
        for key in set(held) - set(aggregate.keys):
            del self.keys[key]
        return True

    def settle(self, visit: int, act: Callable[[Appointment], object], said: str) -> None:
        """Let the aggregate act as the model did, and give back what it no longer holds."""
        held = self.streams[visit].load().keys
        assert self.streams[visit].play(act) == said
        assert self.commit(self.streams[visit].load(), held)

    @turn(weight=3, when=room, shift=starts, minutes=lengths, doctor=doctors, hold=holds, over=some.booleans(),
          video=some.booleans())  # fmt: skip
    def book(self, shift: int, minutes: int, doctor: UUID, hold: int | None, over: bool, video: bool) -> None:
        stream, starts = Stream(self.kind, next(self.ids)), self.hour(shift)
        begins = CivilTime.at(starts, LISBON)
        kind = AppointmentType.VIDEO_CALL if video else AppointmentType.IN_PERSON
        until = None if hold is None else self.now + timedelta(minutes=hold)
        details = Details(PATIENT, doctor, kind, begins, minutes)
        expected = self.expected(doctor, starts, minutes, over, None)
        if hold is not None and not 0 < hold <= 7 * 1440 and expected != "starts-in-past":
            expected = "unsound-times"

        def act(a: Appointment, slot: Slot) -> None:
            a.book(details, slot, capacity=self.capacity, now=self.now, hold_expires_at=until,
                   overbooking=URGENT if over else None)  # fmt: skip

        said = self.seat(stream, doctor, begins, minutes, over, act)
        if isinstance(expected, str):
            assert said == expected
            return
        assert said == DONE
        beyond = any(seat >= self.capacity for seat in expected.values())
        self.model.append(
            Visit(doctor, starts, minutes, video, "SCHEDULED" if until is None else "PENDING", until, expected, beyond)
        )
        self.streams.append(stream)

    @turn(visit=one, shift=starts, minutes=lengths, doctor=doctors, over=some.booleans(), stay=some.booleans(),
          moment=moments)  # fmt: skip
    def move(
        self, visit: int, shift: int, minutes: int, doctor: UUID, over: bool, stay: bool, moment: tuple[str, int] | None
    ) -> None:
        own = self.come_to(visit, moment)
        starts = own.starts if stay else self.hour(shift)
        begins = CivilTime.at(starts, LISBON)
        expected = self.expected(doctor, starts, minutes, over, own)
        if expected == "slot-taken" and (doctor, starts, minutes) == (own.doctor, own.starts, own.minutes):
            expected = own.seats  # who stays needs no other seat, not even one who was let in beyond the capacity
        if own.status not in MOVABLE:
            expected = ILLEGAL
        elif own.late(self.now):
            expected = "hold-ran-out"

        def act(a: Appointment, slot: Slot) -> None:
            a.reschedule(doctor, begins, minutes, slot, capacity=self.capacity, now=self.now, by=Party.STAFF,
                         overbooking=URGENT if over else None)  # fmt: skip

        said = self.seat(self.streams[visit], doctor, begins, minutes, over, act)
        if isinstance(expected, str):
            assert said == expected
            return
        assert said == DONE
        if (doctor, starts, minutes) != (own.doctor, own.starts, own.minutes):
            own.doctor, own.starts, own.minutes, own.seats = doctor, starts, minutes, expected
            own.over, own.moves = any(seat >= self.capacity for seat in expected.values()), own.moves + 1

    @turn(visit=one, moment=moments)
    def confirm(self, visit: int, moment: tuple[str, int] | None) -> None:
        own = self.come_to(visit, moment)
        self.settle(visit, lambda a: a.confirm(self.now), own.confirm(self.now))

    @turn(visit=one, subscription=some.sampled_from([ONE, OTHER]), off=some.booleans())
    def cover(self, visit: int, subscription: UUID, off: bool) -> None:
        own = self.model[visit]
        if off:
            own.paid_by = None
            self.settle(visit, lambda a: a.uncover(), DONE)
        else:
            self.settle(visit, lambda a: a.cover(subscription), own.cover(subscription))

    @turn(visit=one, moment=moments)
    def check_in(self, visit: int, moment: tuple[str, int] | None) -> None:
        own = self.come_to(visit, moment)
        self.settle(visit, lambda a: a.check_in(self.now), own.check_in(self.now))

    @turn(visit=one)
    def start(self, visit: int) -> None:
        before = ("CHECKED_IN", *TO_COME) if self.model[visit].video else ("CHECKED_IN",)
        self.settle(visit, lambda a: a.start(self.now), self.model[visit].becomes("IN_PROGRESS", *before))

    @turn(visit=one)
    def complete(self, visit: int) -> None:
        self.settle(visit, lambda a: a.complete(self.now), self.model[visit].becomes("COMPLETED", "IN_PROGRESS"))

    @turn(visit=one)
    def cancel(self, visit: int) -> None:
        said = self.model[visit].becomes("CANCELLED", *MOVABLE, "CHECKED_IN")
        self.settle(visit, lambda a: a.cancel(CancellationCode.OTHER, Party.STAFF, PATIENT), said)

    @turn(visit=one, moment=moments)
    def nobody_comes(self, visit: int, moment: tuple[str, int] | None) -> None:
        own = self.come_to(visit, moment)
        self.settle(visit, lambda a: a.mark_no_show(self.now), own.not_shown(self.now))

    @turn(visit=one, right=some.booleans())
    def let_the_hold_end(self, visit: int, right: bool) -> None:
        """The clock does so when the hold is over, and perhaps for a hold that is not this one."""
        hold = self.model[visit].hold
        at = hold if right and hold else EVENING
        self.settle(visit, lambda a: a.expire_hold(at), self.model[visit].expire(at))

    @turn(visit=one, lead=some.sampled_from(list(Lead)), right=some.booleans())
    def remind(self, visit: int, lead: Lead, right: bool) -> None:
        starts = self.model[visit].starts if right else EVENING
        self.settle(visit, lambda a: a.note_reminder(lead, starts), self.model[visit].remind(lead.value, starts))

    @turn(minutes=some.sampled_from([1, 5, 15, 60, 240, 1440]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def events_and_aggregate_tell_what_the_model_knows(self) -> None:
        for stream, visit in zip(self.streams, self.model, strict=True):
            assert told(stream.facts) == visit.picture()
            assert seen(stream.load()) == visit.picture()

    @invariant()
    def nobody_shares_a_seat(self) -> None:
        held = [(v.doctor, cell, seat) for v in self.model for cell, seat in v.seats.items()]
        assert len(held) == len(set(held))
        assert {key.key for key in self.keys} == {f"{doctor}:{cell}:{seat}" for doctor, cell, seat in held}
        within = [seat for v in self.model if not v.over for seat in v.seats.values()]
        assert all(seat < self.capacity for seat in within)


class LateConfirmation(Appointment):
    """Planted: a hold can still be confirmed in the minute in which it ends."""

    def confirm(self, now: datetime) -> None:
        super().confirm(now - timedelta(minutes=1) if now == self.hold_expires_at else now)


class SeatsForEver(Appointment):
    """Planted: who calls off keeps the seats."""

    @evolves
    def _called_off(self, event: AppointmentCancelled) -> None:
        self.status, self.hold_expires_at = AppointmentStatus.CANCELLED, None
