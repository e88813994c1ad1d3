"""Taking seats: try without looking, look only when someone else was there, and name free times when all is full."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.kernel.civil import CivilTime
from domain.scheduling.calendar import MAX_WINDOW, PractitionerCalendar
from domain.scheduling.details import Overbooking
from domain.scheduling.hours import Opening, is_free, starts_in
from domain.scheduling.refusals import SlotTaken
from domain.scheduling.slots import SPARE_SEATS, Slot, cells_of, choose, first_choice, seat_key

ROUNDS = 4
NEXT_FREE, DAYS_AHEAD = 5, 14
Attempt = Callable[[Session, Slot], Awaitable[Outcome]]


class Wanted(NamedTuple):
    """The time for which seats are looked for; ``kept``: seats held, by cell; ``own``: whose seats are free for it."""

    calendar: PractitionerCalendar
    practitioner_id: UUID
    starts: CivilTime
    minutes: int
    overbooking: Overbooking | None = None
    kept: Mapping[int, int] = {}
    own: UUID | None = None


async def seated(session: Session, wanted: Wanted, attempt: Attempt) -> Outcome:
    """Return the outcome of the first attempt whose seats were free, each made in a session of its own.

    Raises SlotTaken (with up to five later times that are free, as the store knows them).
    """
    cells = cells_of(wanted.starts.instant, wanted.minutes)
    capacity = wanted.calendar.capacity
    seats = capacity + (SPARE_SEATS if wanted.overbooking else 0)
    kept = {cell: seat for cell, seat in wanted.kept.items() if seat < seats}
    slot: Slot | None = first_choice(cells, kept)
    for _ in range(ROUNDS + seats):
        if slot is None:
            break
        try:
            return await attempt(session.fresh(), slot)
        except KeyTaken:
            taken = await taken_seats(session, wanted.practitioner_id, cells, seats, wanted.own)
            slot = choose(cells, seats, kept, taken)
    raise SlotTaken(
        "This time has just been taken, or was taken before: choose another.",
        next_free=[offered(start, wanted.starts.zone) for start in await next_free(session, wanted)],
    )


async def taken_seats(
    session: Session, practitioner_id: UUID, cells: Iterable[int], seats: int, own: UUID | None = None
) -> dict[int, set[int]]:
    """Return the seats held in each cell by others than ``own``, asked of the store itself."""
    keys = {seat_key(practitioner_id, cell, seat): (cell, seat) for cell in cells for seat in range(seats)}
    taken: dict[int, set[int]] = {}
    for key, holder in (await session.store.holders(session.context.tenant_id, list(keys))).items():
        cell, seat = keys[key]
        if holder != own:
            taken.setdefault(cell, set()).add(seat)
    return taken


async def next_free(session: Session, wanted: Wanted) -> list[datetime]:
    """Return up to five starts, from the wanted one on, that are free within two weeks and open to the caller."""
    calendar, found = wanted.calendar, list[datetime]()
    earliest, latest = bounds(session, wanted)
    for day in range(DAYS_AHEAD):
        begins = earliest + timedelta(days=day)
        ends = min(begins + timedelta(days=1), latest)
        # A start belongs to the day it falls in; what it starts may end a day later.
        until = ends + timedelta(days=1)
        spans = calendar.openings(begins, until) if calendar.version else [Opening(earliest, until)]
        candidates = [
            t for span in spans for t in starts_in(span, wanted.minutes, calendar.step_minutes, begins) if t < ends
        ]
        cells = sorted({cell for t in candidates for cell in cells_of(t, wanted.minutes)})
        taken = await taken_seats(session, wanted.practitioner_id, cells, calendar.capacity) if cells else {}
        found += [t for t in candidates if is_free(t, wanted.minutes, calendar.capacity, taken)]
        if len(found) >= NEXT_FREE:
            break
    return found[:NEXT_FREE]


def bounds(session: Session, wanted: Wanted) -> tuple[datetime, datetime]:
    """Return the earliest and the latest start worth offering to the caller."""
    now, calendar = session.context.now, wanted.calendar
    earliest = max(wanted.starts.instant, now)
    if session.may("appointments:schedule"):
        return earliest, earliest + timedelta(days=DAYS_AHEAD)
    return (
        max(earliest, now + timedelta(minutes=calendar.notice_minutes)),
        now + timedelta(days=calendar.window_days if calendar.version else MAX_WINDOW),
    )


def offered(start: datetime, zone_name: str) -> dict[str, str]:
    """Return a free time as clients are told it."""
    there = CivilTime.at(start, zone_name)
    return {"date": start.isoformat().replace("+00:00", "Z"), "starts": there.local, "zone": zone_name}
