"""Routes that read appointments: one, lists, chains, days, and figures for analysts."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from api.appointments import answers
from api.asking import Asking, paged
from api.envelope import Envelope
from api.paging import CLINICAL, Page
from api.security import permit
from domain.kernel.errors import Invalid, NotFound
from domain.scheduling.kinds import AppointmentStatus
from domain.scheduling.state import OPEN
from projections.appointment import queries as appointments
from projections.daily_schedule import queries as schedule
from projections.fact_appointments.queries import figures

READ, SCHEDULE = "appointments:read", "schedule:read"
MONTH = timedelta(days=30)
MAX_DAYS = 3660
router = APIRouter(prefix="/api", tags=["appointments"])


@router.get(
    "/appointments",
    response_model=None,
    summary="List appointments, latest first: a patient's own, or the clinic's",
    responses={200: {"model": Envelope[list[answers.AppointmentView]]}},
)
@permit(READ)
async def listed(
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, appointments.LATEST)],
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    practitioner_id: Annotated[UUID | None, Query(alias="practitionerId")] = None,
    mine: Annotated[bool, Query(description="Only those the caller attends as practitioner.")] = False,
    status: Annotated[list[AppointmentStatus] | None, Query(description="Any of these.")] = None,
    begins: Annotated[AwareDatetime | None, Query(alias="from", description="Starting then or later.")] = None,
    ends: Annotated[AwareDatetime | None, Query(alias="to", description="Starting before then.")] = None,
) -> Response:
    await ask.fresh("appointment")
    found = await appointments.appointments(
        ask.reader, ask.tenant, page.window, limits=ask.limits, patient_id=patient_id,
        practitioner_id=ask.caller.actor_id if mine else practitioner_id, begins=begins, ends=ends,
        statuses=[one.value for one in status] if status else None,
    )  # fmt: skip
    return ask.page([answers.appointment(row) for row in found.rows], found, page)


@router.get(
    "/appointments/upcoming",
    response_model=None,
    summary="List what is to come, soonest first: a patient's own, or the clinic's",
    responses={200: {"model": Envelope[list[answers.AppointmentView]]}},
)
@permit(READ)
async def upcoming(
    ask: Asking,
    page: Annotated[Page, paged(CLINICAL, appointments.NEXT)],
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    practitioner_id: Annotated[UUID | None, Query(alias="practitionerId")] = None,
) -> Response:
    await ask.fresh("appointment")
    found = await appointments.appointments(
        ask.reader, ask.tenant, page.window, limits=ask.limits, patient_id=patient_id, practitioner_id=practitioner_id,
        statuses=[status.value for status in OPEN], begins=datetime.now(UTC), listing=appointments.NEXT,
    )  # fmt: skip
    return ask.page([answers.appointment(row) for row in found.rows], found, page)


@router.get(
    "/appointments/{appointment_id}",
    response_model=None,
    summary="Read an appointment, with what was said about it",
    responses={200: {"model": Envelope[answers.AppointmentDetail]}},
)
@permit(READ)
async def read(appointment_id: UUID, ask: Asking) -> Response:
    await ask.fresh("appointment")
    row = await appointments.appointment(ask.reader, ask.tenant, appointment_id, limits=ask.limits)
    if row is None:
        raise NotFound("There is no such appointment here.", id=str(appointment_id))
    return ask.answer(ask.readable("appointments", answers.appointment(row)), version=row["version"])


@router.get(
    "/appointments/{appointment_id}/chain",
    response_model=None,
    summary="Read what an appointment follows and what follows it",
    responses={200: {"model": Envelope[list[answers.ChainLink]]}},
)
@permit(READ)
async def chain(appointment_id: UUID, ask: Asking) -> Response:
    await ask.fresh("appointment")
    rows = await appointments.chain(ask.reader, ask.tenant, appointment_id, limits=ask.limits)
    if not rows:
        raise NotFound("There is no such appointment here.", id=str(appointment_id))
    return ask.answer([answers.appointment(row) for row in rows])


@router.get(
    "/schedule/{practitioner_id}/day",
    response_model=None,
    summary="Read a practitioner's day; a patient sees only their own appointments in it",
    responses={200: {"model": Envelope[answers.Day]}},
)
@permit(SCHEDULE)
async def day(
    practitioner_id: UUID,
    ask: Asking,
    on: Annotated[date, Query(alias="date", description="The local date of the appointments.")],
    with_cancelled: Annotated[bool, Query(alias="withCancelled")] = False,
) -> Response:
    await ask.fresh("daily_schedule")
    rows = await schedule.day(
        ask.reader, ask.tenant, practitioner_id, on, limits=ask.limits, with_cancelled=with_cancelled
    )
    entries = [answers.entry(row) for row in rows]
    return ask.answer({"practitionerId": practitioner_id, "date": on, "appointments": entries})


@router.get(
    "/analytics/appointments",
    response_model=None,
    summary="Read how appointments went, in figures about nobody in particular",
    responses={200: {"model": Envelope[answers.AppointmentFigures]}},
    tags=["analytics"],
)
@permit("analytics:read")
async def analysed(
    ask: Asking,
    first: Annotated[date | None, Query(alias="from", description="First local date; 30 days back if absent.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last local date; today if absent.")] = None,
    by: Annotated[Literal["all", "type", "day", "weekday", "practitioner"], Query(description="Group by.")] = "all",
) -> Response:
    await ask.fresh("fact_appointments")
    ends = last or datetime.now(UTC).date()
    begins = first or (ends - MONTH if ends - date.min > MONTH else date.min)
    if not 0 <= (ends - begins).days <= MAX_DAYS:
        raise Invalid("A period ends after it begins and has ten years at most.", field="from")
    rows, position = await figures(ask.reader, ask.tenant, begins, ends, by)
    return ask.answer({"asOfPosition": position, "groups": [answers.figures(row) for row in rows]})
