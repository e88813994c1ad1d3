"""Routes of a practitioner's hours, blocked dates and free times."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.appointments import answers, schemas
from api.asking import Ask, Asking
from api.envelope import Envelope
from api.security import permit
from application.scheduling.block_date import BlockDate
from application.scheduling.set_working_hours import SetWorkingHours
from application.scheduling.unblock_date import UnblockDate
from domain.identity.policy import permits
from domain.kernel.civil import CivilTime, zone
from domain.kernel.errors import Invalid, NotFound
from projections.free_times import queries as calendar
from projections.free_times.queries import WorkingHours

WEEK, MAX_PERIOD, MAX_TIMES = timedelta(days=7), timedelta(days=62), 500
FAR = datetime(2200, 1, 1, tzinfo=UTC)
DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[answers.CalendarDone]}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[answers.CalendarDone]}}
router = APIRouter(prefix="/api/practitioners/{practitioner_id}", tags=["calendars"])


@router.get(
    "/free-times",
    response_model=None,
    summary="List the times at which a practitioner can be booked",
    responses={200: {"model": Envelope[answers.FreeTimes]}},
)
@permit("schedule:read")
async def free_times(
    practitioner_id: UUID,
    ask: Asking,
    first: Annotated[date | None, Query(alias="from", description="First local date; today if absent.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local date; a week on if absent.")] = None,
    minutes: Annotated[int, Query(ge=5, le=1440, description="How long the appointment takes.")] = 30,
) -> Response:
    """Hours less blocked dates less seats taken; those who book for themselves see what notice and window allow."""
    await ask.fresh("free_times")
    kept = await calendar.working_hours(ask.reader, ask.tenant, practitioner_id)
    found = await _free(ask, practitioner_id, kept, first, last, minutes) if kept else []
    return ask.answer(
        {
            "practitionerId": practitioner_id,
            "workingHoursSet": kept is not None,
            "minutes": minutes,
            "times": [answers.free_time(starts) for starts in found],
        }
    )


@router.get(
    "/working-hours",
    response_model=None,
    summary="Read a practitioner's hours and blocked dates",
    responses={200: {"model": Envelope[answers.Hours]}},
)
@permit("schedule:read")
async def hours(practitioner_id: UUID, ask: Asking) -> Response:
    await ask.fresh("free_times")
    kept = await calendar.working_hours(ask.reader, ask.tenant, practitioner_id)
    if kept is None:
        raise NotFound("No working hours are set for this practitioner.", id=str(practitioner_id))
    return ask.answer(answers.hours(practitioner_id, kept), version=kept.version)


@router.put("/working-hours", response_model=None, summary="Set a practitioner's hours, whole", responses=DONE)
@permit("calendar:change")
async def set_hours(practitioner_id: UUID, body: schemas.WorkingHoursBody, ask: Asking) -> Response:
    """What is booked stays booked. A practitioner sets their own; anyone's needs ``calendar:manage``."""
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


async def _free(
    ask: Ask, practitioner_id: UUID, kept: WorkingHours, first: date | None, last: date | None, minutes: int
) -> list[CivilTime]:
    now = datetime.now(UTC)
    begins = first or now.astimezone(zone(kept.zone)).date()
    if not date(1900, 1, 1) <= begins <= FAR.date():
        raise Invalid("This is not a time anyone lives in.", field="from")
    ends = last or begins + WEEK
    if not begins <= ends <= begins + MAX_PERIOD:
        raise Invalid(f"A period ends after it begins and has {MAX_PERIOD.days} days at most.", field="to")
    earliest, latest = now, FAR
    if not permits(ask.caller.roles, "appointments:schedule"):
        earliest = now + timedelta(minutes=kept.notice_minutes)
        latest = now + timedelta(days=kept.window_days)
    return await calendar.free_times(
        ask.reader, ask.tenant, practitioner_id, kept, first=begins, last=ends, minutes=minutes,
        earliest=earliest, latest=latest, limit=MAX_TIMES,
    )  # fmt: skip
