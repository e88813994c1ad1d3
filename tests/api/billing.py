"""What the billing tests have in common: the plan, the visit, and the steps of their stories."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from application.kernel.session import Session
from application.scheduling.book_appointment import BookAppointment
from application.scheduling.check_in_patient import CheckInPatient
from application.scheduling.complete_appointment import CompleteAppointment
from application.scheduling.start_appointment import StartAppointment
from domain.kernel.civil import CivilTime
from domain.scheduling.appointment import Appointment
from domain.scheduling.kinds import AppointmentType
from tests.api.house import House

PATIENT = UUID("01900000-0000-7000-8000-00000000000a")
PLANS, SUBSCRIPTIONS, INVOICES = "/api/billing/plans", "/api/billing/subscriptions", "/api/billing/invoices"
BASIC = {
    "name": "Basic Health Plan",
    "amount": 79,
    "interval": "MONTHLY",
    "appointmentsIncluded": 2,
    "appointmentTypes": {"IN_PERSON": True, "VIDEO_CALL": False},
    "taxBasisPoints": 1800,
}
VISIT = {"description": "Home visit", "quantity": 3, "amount": "12.55", "taxBasisPoints": 500}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def error(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


async def act(house: House, command: Command, now: datetime | None = None) -> Outcome:
    """Run a command in the clinic's name, at any time."""
    return await house.services.dispatcher.dispatch(command, _context(house, now))


def system_session(house: House) -> Session:
    """Return a unit of work outside any use case, to put a history in place."""
    return Session(_context(house), house.services.store, "subscriptions:use")


def _context(house: House, now: datetime | None = None) -> Context:
    caller, new_id = Caller(house.tenant, uuid4(), frozenset({"system"})), house.services.new_id
    return Context(
        caller=caller, command_id=new_id(), now=now or datetime.now(UTC), new_id=new_id, correlation_id=new_id()
    )


async def appointment(house: House, patient: UUID = PATIENT, kind: AppointmentType = AppointmentType.IN_PERSON) -> UUID:
    """Book an appointment with a practitioner of its own, tomorrow."""
    starts = (datetime.now(UTC) + timedelta(hours=24)).replace(minute=0)
    booked = await act(
        house,
        BookAppointment(
            patient_id=patient, practitioner_id=uuid4(), type=kind, starts=CivilTime.at(starts, "UTC"), outright=True
        ),
    )
    return booked.id


async def hold(house: House, appointment_id: UUID) -> None:
    """Let an appointment take place when its time has come."""
    booked = await house.services.store.load(Appointment, house.tenant, appointment_id)
    for command in (CheckInPatient, StartAppointment, CompleteAppointment):
        await act(house, command(appointment_id=appointment_id), booked.starts.instant)


async def plan(house: House, **more: Any) -> str:
    return str(data(await house.client("finance_billing").post(PLANS, json=BASIC | more), 201)["id"])


async def subscribed(house: House, person: UUID = PATIENT, **more: Any) -> str:
    """Subscribe a person to a plan, everything that follows done."""
    body = {"userId": str(person), "planId": await plan(house, **more), "clinicId": str(house.tenant)}
    made = data(await house.client("receptionist").post(SUBSCRIPTIONS, json=body), 201)
    await house.drain()
    return str(made["id"])


async def issued(house: House, *lines: dict[str, Any]) -> dict[str, Any]:
    """Draft and issue an invoice by hand."""
    finance = house.client("finance_billing")
    drafted = data(await finance.post(INVOICES, json={"userId": str(PATIENT), "lines": lines or [VISIT]}), 201)
    made: dict[str, Any] = data(await finance.post(f"{INVOICES}/{drafted['id']}/issue"))
    return made


async def invoices_of(house: House, person: UUID = PATIENT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await house.client("finance_billing").get(f"{INVOICES}/user/{person}"))
    return found
