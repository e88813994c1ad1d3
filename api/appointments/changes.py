"""Routes that change an appointment: each turns a body into one command."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.appointments import answers, schemas
from api.asking import Asking
from api.envelope import Envelope
from api.money import money_of
from api.security import permit
from application.scheduling.book_appointment import BookAppointment
from application.scheduling.cancel_appointment import CancelAppointment
from application.scheduling.check_in_patient import CheckInPatient
from application.scheduling.complete_appointment import CompleteAppointment
from application.scheduling.confirm_appointment import ConfirmAppointment
from application.scheduling.mark_no_show import MarkNoShow
from application.scheduling.reschedule_appointment import RescheduleAppointment
from application.scheduling.start_appointment import StartAppointment
from domain.kernel.errors import Invalid
from domain.kernel.money import Money
from domain.scheduling.kinds import CancellationCode

DONE: dict[int | str, dict[str, Any]] = {200: {"model": Envelope[answers.AppointmentDone]}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": Envelope[answers.AppointmentDone]}}
router = APIRouter(prefix="/api/appointments", tags=["appointments"])


@router.post("", status_code=201, response_model=None, summary="Hold or book an appointment", responses=MADE)
@permit("appointments:create")
async def book(body: schemas.BookBody, ask: Asking) -> Response:
    """The loser of a race for one time gets 409 slot-taken with the next free times in ``details.next_free``."""
    if body.clinic_id is not None:
        ask.same_tenant(body.clinic_id)
    return await ask.command(_booking(body), status=201)


@router.put("/{appointment_id}", response_model=None, summary="Move or cancel an appointment", responses=DONE)
@permit("appointments:change")
async def change(appointment_id: UUID, body: schemas.ChangeBody, ask: Asking) -> Response:
    body.check()
    if body.status is not None:
        command = CancelAppointment(appointment_id=appointment_id, code=body.reason_code, reason=body.reason)
        return await ask.command(command)
    move = RescheduleAppointment(
        appointment_id=appointment_id, starts=body.when(), minutes=body.minutes, reason=body.reason,
        practitioner_id=body.practitioner_id, overbooking=body.overbook.overbooking() if body.overbook else None,
    )  # fmt: skip
    return await ask.command(move)


@router.delete("/{appointment_id}", response_model=None, summary="Cancel an appointment", responses=DONE)
@permit("appointments:change")
async def cancel(
    appointment_id: UUID,
    ask: Asking,
    code: Annotated[CancellationCode | None, Query(alias="reasonCode", description="Why, for everyone.")] = None,
) -> Response:
    """It stays in the books as cancelled; its time is free again."""
    return await ask.command(CancelAppointment(appointment_id=appointment_id, code=code))


@router.post("/{appointment_id}/confirm", response_model=None, summary="Confirm while the hold lasts", responses=DONE)
@permit("appointments:change")
async def confirm(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(ConfirmAppointment(appointment_id=appointment_id))


@router.post("/{appointment_id}/check-in", response_model=None, summary="Note that the patient came", responses=DONE)
@permit("appointments:attend")
async def check_in(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(CheckInPatient(appointment_id=appointment_id))


@router.post("/{appointment_id}/start", response_model=None, summary="Begin the appointment", responses=DONE)
@permit("appointments:attend")
async def start(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(StartAppointment(appointment_id=appointment_id))


@router.post("/{appointment_id}/complete", response_model=None, summary="End it as having taken place", responses=DONE)
@permit("appointments:attend")
async def complete(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(CompleteAppointment(appointment_id=appointment_id))


@router.post("/{appointment_id}/no-show", response_model=None, summary="Note that nobody came", responses=DONE)
@permit("appointments:attend")
async def no_show(appointment_id: UUID, ask: Asking) -> Response:
    return await ask.command(MarkNoShow(appointment_id=appointment_id))


def _booking(body: schemas.BookBody) -> BookAppointment:
    starts = body.when()
    if starts is None:
        raise Invalid("Give date (an instant) or starts (a local time).", field="date")
    follows = body.parent_appointment_id is not None
    return BookAppointment(
        patient_id=body.patient_id,
        practitioner_id=body.practitioner_id,
        type=body.type,
        starts=starts,
        minutes=body.minutes,
        outright=body.outright,
        hold_minutes=body.hold_minutes,
        location_id=body.location_id,
        parent_appointment_id=body.parent_appointment_id,
        is_follow_up=follows if body.is_follow_up is None else body.is_follow_up,
        series_id=body.series_id,
        series_sequence=body.series_sequence,
        price=_price(body),
        notes=body.notes,
        overbooking=body.overbook.overbooking() if body.overbook else None,
    )


def _price(body: schemas.BookBody) -> Money | None:
    if body.price is None and body.price_cents is None:
        return None
    if body.currency is None:
        raise Invalid("A price has a currency.", field="currency")
    return money_of(body.price, body.price_cents, body.currency)
