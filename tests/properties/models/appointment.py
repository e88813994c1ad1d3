"""Appointments: what each is like, in plain data, from the hold to the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Overbooking
from domain.scheduling.kinds import OverbookingCode
from tests.properties.playing import DONE, ILLEGAL, Fact

LISBON = "Europe/Lisbon"
EVENING = datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
EPOCH, CELL = datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=5)
PATIENT, ANNE, BERND, ONE, OTHER = (UUID(int=n) for n in range(1, 6))
URGENT = Overbooking(OverbookingCode.URGENT, "Fever since last night")
SPARE = 10
TO_COME = ("SCHEDULED", "CONFIRMED")
MOVABLE = ("PENDING", *TO_COME)
GONE = ("CANCELLED", "EXPIRED")


class Picture(NamedTuple):
    """What is known of an appointment, however one came to know it. ``seats``: by number of the five-minute cell."""

    status: str
    doctor: UUID
    starts: datetime
    minutes: int
    seats: Mapping[int, int]
    over: bool
    hold: datetime | None
    paid_by: UUID | None
    moves: int
    reminded: frozenset[tuple[datetime, str]]


@dataclass
class Visit:
    """An appointment as the model keeps it. What is asked of it answers DONE, or the code it has to be refused with."""

    doctor: UUID
    starts: datetime
    minutes: int
    video: bool
    status: str
    hold: datetime | None
    seats: dict[int, int]
    over: bool
    paid_by: UUID | None = None
    moves: int = 0
    reminded: set[tuple[datetime, str]] = field(default_factory=set)

    def becomes(self, status: str, *before: str) -> str:
        if self.status not in before:
            return ILLEGAL
        self.status = status
        if status in ("CONFIRMED", *GONE):
            self.hold = None
        if status in GONE:
            self.seats = {}
        return DONE

    def late(self, now: datetime) -> bool:
        return self.hold is not None and now >= self.hold

    def confirm(self, now: datetime) -> str:
        return "hold-ran-out" if self.late(now) else self.becomes("CONFIRMED", "PENDING", "SCHEDULED")

    def cover(self, subscription: UUID) -> str:
        if self.paid_by != subscription:
            if self.status not in (*MOVABLE, "CHECKED_IN"):
                return ILLEGAL
            if self.paid_by:
                return "unsound-link"
            self.paid_by = subscription
        return DONE

    def check_in(self, now: datetime) -> str:
        there = ZoneInfo(LISBON)
        if self.status in TO_COME and now.astimezone(there).date() != self.starts.astimezone(there).date():
            return "not-yet"
        return self.becomes("CHECKED_IN", *TO_COME)

    def not_shown(self, now: datetime) -> str:
        return "not-yet" if self.status in TO_COME and now < self.starts else self.becomes("NO_SHOW", *TO_COME)

    def expire(self, at: datetime) -> str:
        if self.hold == at:
            self.becomes("EXPIRED", "PENDING")
        return DONE

    def remind(self, lead: str, starts: datetime) -> str:
        if self.status in TO_COME and starts == self.starts:
            self.reminded.add((starts, lead))
        return DONE

    def picture(self) -> Picture:
        return Picture(self.status, self.doctor, self.starts, self.minutes, self.seats, self.over, self.hold,
                       self.paid_by, self.moves, frozenset(self.reminded))  # fmt: skip


def cells(starts: datetime, minutes: int) -> list[int]:
    """Return every cell in which at least one minute of the time lies."""
    return sorted({(starts + timedelta(minutes=n) - EPOCH) // CELL for n in range(minutes)})


def instant(civil: dict[str, Any]) -> datetime:
    local = datetime.fromisoformat(civil["local"])
    return local.replace(tzinfo=ZoneInfo(civil["zone"]), fold=civil["fold"]).astimezone(UTC)


def told(facts: list[Fact]) -> Picture:
    """Work the picture out from what is stored, and from nothing else."""
    known: dict[str, Any] = {"hold": None, "moves": 0, "reminded": frozenset()}
    state = {
        "held": "PENDING", "booked": "SCHEDULED", "confirmed": "CONFIRMED", "checked_in": "CHECKED_IN",
        "started": "IN_PROGRESS", "completed": "COMPLETED", "cancelled": "CANCELLED", "marked_no_show": "NO_SHOW",
        "hold_expired": "EXPIRED",
    }  # fmt: skip
    for what, fact in facts:
        known["status"] = state.get(what, known.get("status"))
        if what in ("held", "booked", "rescheduled"):
            first, seats = fact["slot"]["first_cell"], fact["slot"]["seats"]
            known |= {"doctor": UUID(fact["practitioner_id"]), "starts": instant(fact["starts"]),
                      "minutes": fact["minutes"], "seats": dict(enumerate(seats, first)),
                      "over": fact["overbooked"]}  # fmt: skip
        if what in ("held", "booked", "covered"):
            known["paid_by"] = UUID(fact["subscription_id"]) if fact["subscription_id"] else None
        if what == "held":
            known["hold"] = datetime.fromisoformat(fact["hold_expires_at"])
        if what in ("confirmed", "cancelled", "hold_expired"):
            known["hold"] = None
        if what in ("cancelled", "hold_expired"):
            known["seats"] = {}
        if what == "rescheduled":
            known["moves"] += 1
        if what == "uncovered":
            known["paid_by"] = None
        if what == "reminded":
            known["reminded"] |= {(instant(fact["starts"]), fact["lead"])}
    return Picture(**known)


def seen(a: Appointment) -> Picture:
    """What the aggregate itself says."""
    assert a.practitioner_id is not None
    seats = a.slot.seat_of if a.slot else {}
    reminded = frozenset((starts, lead.value) for starts, lead in a.reminded)
    return Picture(a.status.value, a.practitioner_id, a.starts.instant, a.minutes, seats, a.overbooked,
                   a.hold_expires_at, a.subscription_id, a.moves, reminded)  # fmt: skip
