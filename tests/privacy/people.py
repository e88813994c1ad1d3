"""People with data in every class: a profile, a chart of all eleven kinds, a visit, an invoice; each word a canary."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services
from application.billing.draft_invoice import DraftInvoice
from application.directory.register_practitioner import RegisterPractitioner
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command
from domain.directory.content import Person, PersonName
from tests.api.house import House

__all__ = ["DraftInvoice"]


def words(person: UUID, what: str) -> str:
    """Return a word that occurs nowhere but in one person's data."""
    return f"canary-{what}-{person.hex}"


def chart(person: UUID) -> dict[str, dict[str, Any]]:
    """Return one record of each of the eleven kinds."""

    def w(what: str) -> str:
        return words(person, what)

    return {
        "medical-history": {"condition": w("condition"), "diagnosis": w("diagnosis"), "date": "2024-05-01"},
        "lab-reports": {"testName": w("test"), "result": "139.0", "unit": "mmol/L", "normalRange": "135-145"},
        "radiology-reports": {"imageType": w("image"), "findings": w("findings"), "conclusion": w("conclusion")},
        "surgical-records": {"surgeryName": w("surgery"), "surgeon": w("surgeon")},
        "mental-health-notes": {"sessionNote": w("session"), "therapist": w("therapist")},
        "vitals": {"type": "blood_pressure", "systolic": "120", "diastolic": "80", "unit": "mmHg", "notes": w("vital")},
        "allergies": {"allergen": w("allergen"), "severity": "Severe", "reaction": w("reaction")},
        "medications": {"name": w("medicine"), "dosage": w("dosage"), "frequency": "daily", "startDate": "2026-01-01"},
        "immunizations": {"vaccineName": w("vaccine"), "batchNumber": w("batch"), "nextDueDate": "2027-10-01"},
        "family-history": {"relation": "mother", "condition": w("heredity"), "diagnosedAge": 52},
        "lifestyle-assessments": {"smoking": w("smoking"), "sleep": "7 hours"},
    }


class Known(NamedTuple):
    """A person, and what was recorded about them."""

    id: UUID
    records: dict[str, UUID]


async def admitted(house: House) -> Known:
    """Register a patient and record one entry of each kind."""
    doctor = house.client("doctor", "counselor")
    person = uuid7()
    name = {"text": words(person, "name"), "family": words(person, "family"), "given": [words(person, "given")]}
    body = {
        "patientId": str(person),
        "names": [name],
        "birthDate": "1980-02-29",
        "gender": "female",
        "contacts": [{"system": "email", "value": f"{words(person, 'mail')}@example.test"}],
    }
    done(await doctor.post("/api/ehr/patients", json=body), 201)
    records = {}
    for path, entry in chart(person).items():
        made = done(await doctor.post(f"/api/ehr/{path}", json={"patientId": str(person), **entry}), 201)
        records[path] = UUID(made["id"])
    return Known(person, records)


def done(answer: httpx.Response, status: int = 200) -> Any:
    """Return the data of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def practitioner(house: House) -> UUID:
    """Register a practitioner: a person of whom a profile is all there is, so that nothing is kept by law."""
    person = uuid7()
    said = Person(names=[PersonName(text=words(person, "name"))])
    await act(house.services, house.tenant, RegisterPractitioner(person=said, practitioner_id=person))
    return person


async def act(services: Services, tenant: UUID, command: Command) -> Outcome:
    """Run a command as an administrator."""
    context = Context(
        caller=Caller(tenant, uuid7(), frozenset({"clinic_admin"})),
        command_id=uuid7(),
        now=datetime.now(UTC),
        new_id=uuid7,
        correlation_id=uuid7(),
    )
    return await services.dispatcher.dispatch(command, context)


def in_years(years: int) -> datetime:
    """Return a moment so many years, and a day or two, from now."""
    return datetime.now(UTC) + timedelta(days=366 * years + 2)
