"""Routes of a practitioner's hours, blocked dates and free times."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.bootstrap import families
from api.appointments import answers, schemas
from api.asking import Asking
from api.envelope import Envelope
from api.keeping import Shown, kept
from api.security import permit
from application.scheduling.block_date import BlockDate
from application.scheduling.set_working_hours import SetWorkingHours
from application.scheduling.unblock_date import UnblockDate
from domain.kernel.civil import CivilTime, zone
from domain.kernel.errors import Invalid, NotFound
from projections.free_times import queries as calendar
from projections.free_times.queries import WorkingHours
from projections.kernel.reader import Reader

MINUTE, WEEK, MAX_PERIOD, MAX_TIMES = timedelta(minutes=1), timedelta(days=7), timedelta(days=62), 500
FAR = datetime(2200, 1, 1, tzinfo=UTC)
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[answers.CalendarDone]}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[answers.CalendarDone]}}
router = APIRouter(prefix="/api/practitioners/{practitioner_id}", tags=["calendars"])


class Wanted(NamedTuple):
    """Free times of whom, from when to when, how long. ``for_others``: the caller may book past notice and window.

    Times begin on whole minutes: within ``minute`` the answer is the same.
    """

    practitioner_id: UUID
    first: date | None
    last: date | None
    minutes: int
    for_others: bool
    minute: datetime


@router.get(
    "/free-times",
    response_model=None,
    summary="List the times at which a practitioner can be booked",
    responses={200: {"model": Envelope[answers.FreeTimes]}},
)
@permit("calendar:read")
async def free_times(
    practitioner_id: UUID,
    ask: Asking,
    first: Annotated[date | None, Query(alias="from", description="First local date; today if absent.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local date; a week on if absent.")] = None,
    minutes: Annotated[int, Query(ge=5, le=1440, description="How long the appointment takes.")] = 30,
) -> Response:
    """Hours less blocked dates less seats taken; those who book for themselves see what notice and window allow."""
    await ask.fresh("free_times")
    wanted = Wanted(practitioner_id, first, last, minutes, ask.may("appointments:schedule"),
                    datetime.now(UTC).replace(second=0, microsecond=0))  # fmt: skip

    async def make(reader: Reader) -> Shown:
        return Shown(await _answer(reader, ask.tenant, wanted))

    return ask.answer((await kept(ask, families.FREE_TIMES, None, *wanted, make=make)).body)


@router.get(
    "/working-hours",
    response_model=None,
    summary="Read a practitioner's hours and blocked dates",
    responses={200: {"model": Envelope[answers.Hours]}},
)
@permit("calendar:read")
async def hours(practitioner_id: UUID, ask: Asking) -> Response:
    await ask.fresh("free_times")
    set_now = await calendar.working_hours(ask.reader, ask.tenant, practitioner_id)
    if set_now is None:
        raise NotFound("No working hours are set for this practitioner.", id=str(practitioner_id))
    return ask.answer(answers.hours(practitioner_id, set_now), version=set_now.version)


@router.put("/working-hours", response_model=None, summary="Set a practitioner's hours, whole", responses=DONE)
@permit("calendar:change")
async def set_hours(practitioner_id: UUID, body: schemas.WorkingHoursBody, ask: Asking) -> Response:
    """What is booked stays booked. A practitioner sets their own."""
    command = SetWorkingHours(
        practitioner_id=practitioner_id, zone=body.zone, hours=tuple(window.hours() for window in body.hours),
        capacity=body.capacity, step_minutes=body.step_minutes, window_days=body.window_days,
        notice_minutes=body.notice_minutes,
    )  # fmt: skip
    return await ask.command(command)


@router.post("/blocked-dates", status_code=201, response_model=None, summary="Close a date", responses=MADE)
@permit("calendar:change")
async def block(practitioner_id: UUID, body: schemas.BlockBody, ask: Asking) -> Response:
    """What is booked on it stays booked; nothing more can be."""
    command = BlockDate(practitioner_id=practitioner_id, day=body.date, reason=body.reason)
    return await ask.command(command, status=201)


@router.delete("/blocked-dates/{day}", response_model=None, summary="Open a date again", responses=DONE)
@permit("calendar:change")
async def unblock(practitioner_id: UUID, day: date, ask: Asking) -> Response:
    return await ask.command(UnblockDate(practitioner_id=practitioner_id, day=day))


async def _answer(reader: Reader, tenant_id: UUID, wanted: Wanted) -> dict[str, Any]:
    hours_set = await calendar.working_hours(reader, tenant_id, wanted.practitioner_id)
    found = await _free(reader, tenant_id, wanted, hours_set) if hours_set else []
    return {
        "practitionerId": wanted.practitioner_id,
        "workingHoursSet": hours_set is not None,
        "minutes": wanted.minutes,
        "times": [answers.free_time(starts) for starts in found],
    }


async def _free(reader: Reader, tenant_id: UUID, wanted: Wanted, hours_set: WorkingHours) -> list[CivilTime]:
    begins = wanted.first or wanted.minute.astimezone(zone(hours_set.zone)).date()
    if not date(1900, 1, 1) <= begins <= FAR.date():
        raise Invalid("This is not a time anyone lives in.", field="from")
    ends = wanted.last or begins + WEEK
    if not begins <= ends <= begins + MAX_PERIOD:
        raise Invalid(f"A period ends after it begins and has {MAX_PERIOD.days} days at most.", field="to")
    earliest, latest = wanted.minute + MINUTE, FAR
    if not wanted.for_others:
        earliest += timedelta(minutes=hours_set.notice_minutes)
        latest = wanted.minute + timedelta(days=hours_set.window_days)
    return await calendar.free_times(
        reader, tenant_id, wanted.practitioner_id, hours_set, first=begins, last=ends, minutes=wanted.minutes,
        earliest=earliest, latest=latest, limit=MAX_TIMES,
    )  # fmt: skip
