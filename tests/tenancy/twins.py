"""A clinic's day that can be played again in another tenant: same names, addresses, slots, prices, keys of requests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from application.identity.create_organization import CreateOrganization
from application.identity.doors import Visit
from domain.identity.kinds import OrganizationKind
from domain.identity.organization import Details
from tests.api.house import House
from tests.tenancy.sameness import Listener, Said, plain

ROLES = ("clinic_admin", "auditor", "privacy_officer", "finance_billing", "doctor", "counselor", "nurse")
RECORDS: dict[str, dict[str, Any]] = {
    "medical-history": {"condition": "Asthma", "diagnosis": "J45", "date": "2024-05-01"},
    "lab-reports": {"testName": "Sodium", "result": "139.0", "unit": "mmol/L", "normalRange": "135-145"},
    "radiology-reports": {"imageType": "X-ray", "findings": "None", "conclusion": "Clear"},
    "surgical-records": {"surgeryName": "Appendectomy", "surgeon": "Dr Twin"},
    "mental-health-notes": {"sessionNote": "Calm", "therapist": "Dr Twin"},
    "vitals": {"type": "blood_pressure", "systolic": "120", "diastolic": "80", "unit": "mmHg"},
    "allergies": {"allergen": "Penicillin", "severity": "Severe", "reaction": "Hives"},
    "medications": {"name": "Salbutamol", "dosage": "2 puffs", "frequency": "daily", "startDate": "2026-01-01"},
    "immunizations": {"vaccineName": "Influenza", "batchNumber": "B-1", "nextDueDate": "2027-10-01"},
    "family-history": {"relation": "mother", "condition": "Asthma", "diagnosedAge": 52},
    "lifestyle-assessments": {"smoking": "never", "sleep": "7 hours"},
}
PERSON = {
    "names": [{"text": "Ana Twin", "family": "Twin", "given": ["Ana"]}],
    "birthDate": "1980-02-29",
    "gender": "female",
    "contacts": [{"system": "email", "value": "ana.twin@example.test"}, {"system": "phone", "value": "+351210000000"}],
    "identifiers": [{"value": "4711", "type": "MR"}],
}
PLAN = {"name": "Basic", "amount": 79, "interval": "MONTHLY", "appointmentsIncluded": 2,
        "appointmentTypes": {"IN_PERSON": True}, "taxBasisPoints": 1800}  # fmt: skip
LINE = {"description": "Visit", "quantity": 3, "amount": "12.55", "taxBasisPoints": 500}
TODAY = datetime.now(UTC).date()
Things = dict[str, str]
#: What a play makes, and the tenant itself.
MADE = ("tenant", "patient", "practitioner", *RECORDS, "appointment", "plan", "subscription", "invoice", "glass",
        "hold", "erasure")  # fmt: skip
#: The ids a request goes by are the client's own here.
ALIKE = {"X-Request-ID": "01990000-0000-7000-8000-000000000001"}


def day(number: int) -> str:
    """Return a day of the calendar in which the play books."""
    return (TODAY + timedelta(days=200 + number)).isoformat()


def at(number: int) -> str:
    """Return nine o'clock on such a day."""
    return f"{day(number)}T09:00:00Z"


class Twin:
    """One tenant. ``things`` names what was made there."""

    def __init__(self, house: House, tenant: UUID) -> None:
        self.house = house
        self.tenant = tenant
        self.client = house.client(*ROLES, tenant=tenant)
        self.client.headers["Accept-Encoding"] = "identity"  # how well a time of day compresses is nobody's secret
        self.things: Things = {"tenant": str(tenant)}
        self.listener = Listener()

    async def play(self, elsewhere: Things) -> None:
        """Live a day, and then reach for things that are in another tenant, if anywhere."""
        await self._organization()
        await self._people()
        await self._calendar()
        await self._money()
        await self.house.drain()
        await self._looks()
        await self._reaches(elsewhere)

    async def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """Send a request, keep what is said, and return the data."""
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = await self.client.request(method, path, json=body, headers=headers)
        self.listener.hear(f"{method} {path}", answer)
        return answer.json().get("data") if answer.headers.get("content-type") == "application/json" else None

    async def made(self, name: str, path: str, body: Any = None, key: str | None = None) -> None:
        """Make a thing, and remember it by a name."""
        self.things[name] = (await self.send("POST", path, body, key))["id"]

    async def _organization(self) -> None:
        begun = CreateOrganization(kind=OrganizationKind.CLINIC, details=Details("Twin"), founder=None)
        visit = Visit("127.0.0.1", "", datetime.now(UTC), uuid7(), uuid7())
        await self.house.services.identity.doors.act(begun, visit, uuid7(), self.tenant)
        path = f"/api/organizations/{self.tenant}"
        await self.send("PUT", path, {"name": "Twin", "zone": "UTC", "currency": "EUR", "locale": "pt"})
        for email in ("ana.twin@example.test", "ana.twin@example.test", "eve.twin@example.test"):
            await self.send("POST", f"{path}/invitations", {"email": email, "roles": ["nurse"]})

    async def _people(self) -> None:
        await self.made("patient", "/api/ehr/patients", PERSON, key="first")
        await self.send("POST", "/api/ehr/patients", PERSON, key="first")
        await self.made("other_patient", "/api/ehr/patients", PERSON | {"birthDate": "1981-01-01"})
        await self.made("practitioner", "/api/ehr/practitioners", {"names": [{"text": "Dr Twin"}]})
        for kind, entry in RECORDS.items():
            await self.made(kind, f"/api/ehr/{kind}", {"patientId": self.things["patient"], **entry})
        amended = RECORDS["allergies"] | {"severity": "Mild", "reasonCode": "corrected", "reason": "Looked again"}
        await self.send("PUT", f"/api/ehr/allergies/{self.things['allergies']}", amended)

    async def _calendar(self) -> None:
        place = f"/api/practitioners/{self.things['practitioner']}"
        hours = [{"weekday": day, "opens": "08:00", "closes": "12:00"} for day in range(7)]
        await self.send("PUT", f"{place}/working-hours", {"zone": "UTC", "hours": hours, "windowDays": 730})
        await self.send("POST", f"{place}/blocked-dates", {"date": day(3), "reason": "Closed"})
        for patient in ("patient", "other_patient", "patient"):
            booking = {"patientId": self.things[patient], "doctorId": self.things["practitioner"], "date": at(1),
                       "type": "IN_PERSON", "outright": True, "notes": "Bring results"}  # fmt: skip
            made = await self.send("POST", "/api/appointments", booking, key=f"book {patient}")
            self.things["appointment"] = self.things.get("appointment") or made["id"]
        path = f"/api/appointments/{self.things['appointment']}"
        await self.send("PUT", path, {"date": at(2)})
        await self.send("POST", f"{path}/check-in")

    async def _money(self) -> None:
        patient = {"userId": self.things["patient"]}
        await self.made("plan", "/api/billing/plans", PLAN)
        subscription = patient | {"planId": self.things["plan"]}
        await self.made("subscription", "/api/billing/subscriptions", subscription)
        for _ in range(2):
            await self.made("invoice", "/api/billing/invoices", patient | {"lines": [LINE]})
            await self.send("POST", f"/api/billing/invoices/{self.things['invoice']}/issue")
        paid = {"reference": "till 1", "method": "CASH"}
        await self.send("POST", f"/api/billing/invoices/{self.things['invoice']}/mark-paid", paid)
        held = {"basis": "gdpr-17-3-e", "personId": self.things["patient"], "note": "Court"}
        await self.made("hold", "/api/privacy/legal-holds", held)
        glass = {"patientId": self.things["patient"], "code": "emergency-treatment", "reason": "Unconscious"}
        await self.made("glass", "/api/access/break-glass", glass)
        asked = {"personId": self.things["patient"], "note": "Asked at the desk"}
        await self.made("erasure", "/api/privacy/erasures", asked)

    async def _looks(self) -> None:
        for clue in (
            {"email": "ana.twin@example.test"},
            {"name": "Twin"},
            {"recordNumber": "4711"},
            {"name": "Nobody"},
        ):
            await self.send("POST", "/api/directory/patients/search", clue)
        for path in self.questions(self.things):
            await self.send("GET", path)

    async def _reaches(self, elsewhere: Things) -> None:
        for path in self.questions(elsewhere):
            await self.send("GET", path)
        for method, path, body in acts(elsewhere, self.things):
            await self.send(method, path, body)

    def questions(self, things: Things) -> list[str]:
        """Return every path of the API that can be read, about ``things``."""
        document = self.house.app.openapi()
        return [filled(template, methods["get"], things) for template, methods in document["paths"].items()
                if "get" in methods and template.startswith("/api") and template not in UNASKED]  # fmt: skip

    async def read(self) -> dict[str, Said]:
        """Return the answer to every question about the tenant's things."""
        asked = self.questions(self.things)
        return {path: plain(path, await self.client.get(path, headers=ALIKE)) for path in asked}


#: What no twin asks, and why. Every other question of the API is asked.
UNASKED = {
    "/api/audit/patients/{patient_id}/accesses": "every look is an entry",
    "/api/audit/patients/{patient_id}/disclosures": "every export is an entry",
    "/api/audit/proofs/{position}": "hashes of ids and times, in a tree that nobody has signed here",
    "/api/audit/proofs/{stream_id}/{version}": "hashes of ids and times, in a tree that nobody has signed here",
    "/api/audit/consistency": "hashes of ids and times, in a tree that nobody has signed here",
    "/api/auth/callback": "of who is not signed in",
    "/api/auth/links": "of a person, wherever they act",
    "/api/auth/providers": "of who is not signed in",
    "/api/auth/providers/{name}/authorize": "of who is not signed in",
    "/api/auth/sessions": "of a person, wherever they act",
    "/api/billing/invoices/download/{file_name}": "a PDF names its ids",
    "/api/health/{service}": "of the installation",
    "/api/privacy/erasures/{erasure_id}/certificate": "signed, with digests of ids and times",
}
_NAMES = {
    "patient_id": "patient", "user_id": "patient", "person_id": "patient", "practitioner_id": "practitioner",
    "appointment_id": "appointment", "invoice_id": "invoice", "plan_id": "plan", "subscription_id": "subscription",
    "stream_id": "appointment", "clinic_id": "tenant", "organization_id": "tenant", "hold_id": "hold",
    "erasure_id": "erasure", "case_id": "erasure", "glass_id": "glass",
}  # fmt: skip
_ASKED = {
    "from": "2025-01-01", "to": day(0), "from_date": day(0), "to_date": day(7), "date": day(2),
    "start": day(0), "end": day(7), "startDate": "2025-01-01", "endDate": day(0), "version": "1",
    "purpose": "HLEGAL",
}  # fmt: skip


def filled(template: str, operation: dict[str, Any], things: Things) -> str:
    """Return a path with its parameters put in. Raises KeyError when it is about something the play does not make."""
    path, query = template, {}
    for parameter in operation.get("parameters", []):
        name, place = parameter.get("name"), parameter.get("in")
        if place == "path":
            kind = template.split("/")[3] if name == "record_id" else _NAMES.get(name, name)
            path = path.replace(f"{{{name}}}", things[kind])
        elif place == "query" and name in {"patientId", "personId", "userId", "patient_id", "person", "subject"}:
            query[name] = things["patient"]
        elif place == "query" and parameter.get("required"):
            query[name] = _ASKED.get(name, name)
    return f"{path}?{httpx.QueryParams(query)}" if query else path


def acts(elsewhere: Things, own: Things) -> list[tuple[str, str, Any]]:
    """Return changes of things that are elsewhere, and new things that name them."""
    appointment, invoice = (
        f"/api/appointments/{elsewhere['appointment']}",
        f"/api/billing/invoices/{elsewhere['invoice']}",
    )
    again = RECORDS["vitals"] | {"reasonCode": "corrected", "reason": "No"}
    follows = {"patientId": own["patient"], "doctorId": own["practitioner"], "date": at(4),
               "outright": True, "parentAppointmentId": elsewhere["appointment"]}  # fmt: skip
    return [
        ("PUT", appointment, {"status": "CANCELLED", "reasonCode": "PATIENT_REQUEST"}),
        ("DELETE", appointment, None),
        ("POST", f"{appointment}/confirm", None),
        ("POST", "/api/appointments", follows),
        ("PUT", f"/api/ehr/vitals/{elsewhere['vitals']}", again),
        ("DELETE", f"/api/ehr/vitals/{elsewhere['vitals']}", {"reasonCode": "entered-in-error"}),
        ("POST", "/api/ehr/allergies", RECORDS["allergies"] | {"patientId": elsewhere["patient"]}),
        ("POST", f"{invoice}/void", {"reason": "No"}),
        ("POST", f"{invoice}/lines", LINE),
        ("DELETE", f"/api/billing/plans/{elsewhere['plan']}", None),
        ("POST", "/api/billing/subscriptions", {"userId": own["patient"], "planId": elsewhere["plan"]}),
        ("POST", f"/api/billing/subscriptions/{elsewhere['subscription']}/pause", None),
        ("DELETE", f"/api/privacy/legal-holds/{elsewhere['hold']}", {"note": "No"}),
        ("POST", "/api/privacy/erasures", {"personId": elsewhere["patient"], "note": "No"}),
        *(("POST", f"/api/ehr/{kind}s", PERSON | {f"{kind}Id": elsewhere[name]})
          for name in MADE for kind in ("patient", "practitioner")),
    ]  # fmt: skip


def nowhere() -> Things:
    """Return the names of what a play makes for things that are nowhere."""
    return {name: str(uuid7()) for name in MADE}
