"""What happens in clinics, by real commands: people registered, seen, charted and billed, in many places at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.bootstrap import Services
from application.billing.draft_invoice import DraftInvoice, NewLine
from application.billing.issue_invoice import IssueInvoice
from application.directory.correct_patient import CorrectPatient
from application.directory.register_patient import RegisterPatient
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from application.records.amend_entry import AmendEntry
from application.records.record_entry import RecordEntry
from application.scheduling.book_appointment import BookAppointment
from application.scheduling.check_in_patient import CheckInPatient
from application.scheduling.complete_appointment import CompleteAppointment
from application.scheduling.start_appointment import StartAppointment
from domain.directory.content import ContactPoint, Person, PersonName
from domain.kernel.civil import CivilTime
from domain.kernel.event import Content
from domain.kernel.money import Money
from domain.records.content import Allergy, LabReport, Severity, Vital, VitalType
from domain.records.entry import AmendmentReason
from domain.scheduling.kinds import AppointmentType


class Clinic:
    """One tenant, in which whole lives of patients take place: 18 events and more for each."""

    def __init__(self, services: Services, tenant_id: UUID) -> None:
        self.services = services
        self.tenant_id = tenant_id
        self.patients: list[UUID] = []

    async def act(self, command: Command, now: datetime | None = None) -> Outcome:
        """Dispatch a command in the clinic's name."""
        caller, new_id = Caller(self.tenant_id, uuid7(), frozenset({"system"})), uuid7
        context = Context(
            caller=caller, command_id=new_id(), now=now or datetime.now(UTC), new_id=new_id, correlation_id=new_id()
        )
        return await self.services.dispatcher.dispatch(command, context)

    async def life(self, number: int) -> None:
        """Register a patient; chart, see and bill them."""
        known = Person(names=[PersonName(text=f"Mercy Quill {number}")], birth_date="1961-07-04")
        patient = (await self.act(RegisterPatient(person=known))).id
        self.patients.append(patient)
        moved = Person(names=known.names, contacts=[ContactPoint(system="phone", value=f"+351 555 {number:04}")])
        await self.act(CorrectPatient(patient_id=patient, person=moved))
        await self._charted(patient, number)
        await self._seen(patient, number)
        await self._billed(patient, number)

    async def _charted(self, patient: UUID, number: int) -> None:
        for beats in range(3):
            pulse = Vital(type=VitalType.HEART_RATE, value=str(60 + (number + beats) % 40), unit="/min")
            await self._entry(patient, pulse)
        await self._entry(patient, LabReport(test_name="Sodium", result=str(136 + number % 9), unit="mmol/L"))
        allergy = await self._entry(patient, Allergy(allergen="Pollen", severity=Severity.MILD))
        await self.act(
            AmendEntry(
                record_id=allergy.id,
                content=Allergy(allergen="Birch pollen", severity=Severity.MODERATE),
                reason_code=AmendmentReason.CORRECTED,
                reason="Told so on the telephone",
            )
        )

    async def _entry(self, patient: UUID, content: Content) -> Outcome:
        return await self.act(
            RecordEntry(content=content, patient_id=patient, effective_at=datetime.now(UTC) - timedelta(minutes=5))
        )

    async def _seen(self, patient: UUID, number: int) -> None:
        starts = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        booked = await self.act(
            BookAppointment(
                patient_id=patient,
                practitioner_id=uuid7(),
                type=AppointmentType.IN_PERSON,
                starts=CivilTime.at(starts, "UTC"),
                outright=True,
                notes=f"Comes by bus {number}",
            )
        )
        for command in (CheckInPatient, StartAppointment, CompleteAppointment):
            await self.act(command(appointment_id=booked.id), starts)

    async def _billed(self, patient: UUID, number: int) -> None:
        lines = tuple(
            NewLine(description=text, quantity=1, unit=Money(4500 + number, "EUR"), tax_basis_points=600)
            for text in ("Consultation", "Dressing")
        )
        drafted = await self.act(DraftInvoice(person_id=patient, currency="EUR", lines=lines))
        await self.act(IssueInvoice(invoice_id=drafted.id))


async def live(clinics: list[tuple[Clinic, int]]) -> None:
    """Let patients' lives take place side by side, in every clinic at once: so many in each."""
    await asyncio.gather(*(clinic.life(n) for clinic, patients in clinics for n in range(patients)))
