"""A life in an estate in which every word that is somebody's business is a canary, and much goes wrong on purpose."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from uuid_utils.compat import uuid7

from adapters.bootstrap import open_services
from application.kernel.context import Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.catalogue import EVENTS
from tests.adapters.sample import context
from tests.imports.sample import bundle
from tests.privacy.canaries import CODEC, Cage
from tests.privacy.estate import Estate

RECORDS: dict[str, dict[str, Any]] = {
    "medical-history": {"condition": "*", "diagnosis": "*", "treatment": "*", "date": "2024-05-01"},
    "lab-reports": {"testName": "*", "result": "139.0", "unit": "mmol/L", "normalRange": "135-145"},
    "radiology-reports": {"imageType": "*", "findings": "*", "conclusion": "*"},
    "surgical-records": {"surgeryName": "*", "surgeon": "*"},
    "mental-health-notes": {"sessionNote": "*", "therapist": "*"},
    "vitals": {"type": "blood_pressure", "systolic": "120", "diastolic": "80", "unit": "mmHg", "notes": "*"},
    "allergies": {"allergen": "*", "severity": "Severe", "reaction": "*"},
    "medications": {"name": "*", "dosage": "*", "frequency": "*", "startDate": "2026-01-01", "purpose": "*"},
    "immunizations": {"vaccineName": "*", "batchNumber": "*", "nextDueDate": "2027-10-01"},
    "family-history": {"relation": "mother", "condition": "*", "diagnosedAge": 52},
    "lifestyle-assessments": {"smoking": "*", "sleep": "*"},
}
PERSON: dict[str, Any] = {
    "names": [{"text": "*", "family": "*", "given": ["*"], "prefix": ["*"], "suffix": ["*"]}],
    "birthDate": "1980-02-29",
    "addresses": [{"lines": ["*"], "city": "*", "district": "*", "state": "*", "postalCode": "*", "country": "*"}],
    "contacts": [{"system": "phone", "value": "*"}, {"system": "email", "value": "*"}],
    "identifiers": [{"value": "*", "type": "MR"}],
}


class Life:
    """What is done in an estate; each act says what it did by the statuses it met."""

    def __init__(self, estate: Estate, cage: Cage) -> None:
        self.estate = estate
        self.cage = cage
        self.statuses: Counter[int] = Counter()
        self.paths: list[str] = []

    def filled(self, template: Any, where: str) -> Any:
        """Return a body with a canary for every ``*``."""
        match template:
            case "*":
                return self.cage.canary(where)
            case dict():
                return {key: self.filled(value, f"{where}.{key}") for key, value in template.items()}
            case list():
                return [self.filled(value, where) for value in template]
            case _:
                return template

    def ask(self, client: httpx.Client, method: str, path: str, **sent: Any) -> httpx.Response:
        """Send one request and count its status."""
        try:
            answer = client.request(method, path, timeout=30, **sent)
        except httpx.TransportError:  # after a failure of its own the server closes the connection
            answer = client.request(method, path, timeout=30, **sent)
        self.statuses[answer.status_code] += 1
        return answer

    def done(self, client: httpx.Client, method: str, path: str, **sent: Any) -> Any:
        """Send one request that must succeed."""
        answer = self.ask(client, method, path, **sent)
        assert answer.is_success, (method, path, answer.status_code, answer.json().get("error", {}).get("code"))
        return answer.json()["data"]

    def patient(self) -> str:
        """Register a patient, correct them, and keep a chart of every kind; amend and retract it."""
        desk, doctor = self.estate.client("clinic_admin"), self.estate.client("doctor")
        agent = self.estate.client("counselor", self.cage.word("User-Agent"))
        body = self.filled(PERSON, "patient")
        person = str(self.done(desk, "POST", "/api/ehr/patients", json=body)["id"])
        self.done(desk, "PUT", f"/api/ehr/patients/{person}", json=self.filled(PERSON, "corrected"))
        for kind, template in RECORDS.items():
            entry = {"patientId": person, **self.filled(template, kind)}
            author = agent if kind == "mental-health-notes" else doctor
            made = self.done(author, "POST", f"/api/ehr/{kind}", json=entry)["id"]
            amended = {
                **self.filled(template, f"{kind} again"),
                "reasonCode": "corrected",
                "reason": self.cage.canary(f"{kind}.amended"),
            }
            self.done(author, "PUT", f"/api/ehr/{kind}/{made}", json=amended)
            self.paths.append(f"/api/ehr/{kind}/{made}")
        retracted = {"reasonCode": "entered-in-error", "reason": self.cage.canary("retracted")}
        self.done(doctor, "DELETE", self.paths[-1], json=retracted)
        self.paths += [f"/api/ehr/patients/{person}", f"/api/ehr/patients/{person}/chart"]
        return person

    def visit(self, person: str) -> None:
        """Book, collide, move and cancel; block a day; bill, pay and void."""
        desk, finance, doctor = (self.estate.client(r) for r in ("clinic_admin", "finance_billing", "doctor"))
        booking = {"patientId": person, "doctorId": str(uuid7()), "type": "IN_PERSON", "outright": True,
                   "date": "2031-03-03T09:00:00Z", "notes": self.cage.canary("notes")}  # fmt: skip
        made = self.done(desk, "POST", "/api/appointments", json=booking)["id"]
        assert self.ask(desk, "POST", "/api/appointments", json=booking).status_code == 409
        path = f"/api/appointments/{made}"
        self.done(desk, "PUT", path, json={"date": "2031-03-04T09:00:00Z", "reason": self.cage.canary("moved")})
        cancelled = {"status": "CANCELLED", "reasonCode": "patient-request", "reason": self.cage.canary("cancelled")}
        self.ask(desk, "PUT", path, json=cancelled)
        blocked = {"date": "2031-03-05", "reason": self.cage.canary("blocked")}
        self.ask(doctor, "POST", f"/api/practitioners/{uuid7()}/blocked-dates", json=blocked)
        line = {"description": self.cage.canary("line"), "quantity": 1, "amount": "12.55", "taxBasisPoints": 0}
        for end in ("void", "mark-paid"):
            drafted = self.done(finance, "POST", "/api/billing/invoices", json={"userId": person, "lines": [line]})
            self.done(finance, "POST", f"/api/billing/invoices/{drafted['id']}/issue")
            words = {"reason": self.cage.canary("void"), "reference": self.cage.canary("paid"), "method": "CASH"}
            self.ask(finance, "POST", f"/api/billing/invoices/{drafted['id']}/{end}", json=words)

    def privacy(self, person: str) -> None:
        """Look, break the glass, hold, export, search and ask for an erasure."""
        officer, doctor, nurse = (self.estate.client(r) for r in ("privacy_officer", "doctor", "nurse"))
        for path in self.paths:
            self.ask(doctor, "GET", path)
        glass = {"patientId": person, "code": "emergency-treatment", "reason": self.cage.canary("glass")}
        self.ask(nurse, "POST", "/api/access/break-glass", json=glass)
        held = {"basis": "gdpr-17-3-e", "personId": person, "note": self.cage.canary("hold")}
        self.ask(officer, "POST", "/api/privacy/legal-holds", json=held)
        erased = {"personId": person, "note": self.cage.canary("erasure")}
        for form in ("json", "fhir"):
            self.ask(officer, "GET", f"/api/privacy/export?personId={person}&format={form}")
        for clue in ("name", "email", "phone", "recordNumber", "wrong"):
            found = {clue: f"{self.cage.word('searched')}@example.test"}
            self.ask(doctor, "POST", "/api/directory/patients/search", json=found)
        self.ask(officer, "POST", "/api/privacy/erasures", json=erased)

    def wrong(self, document: dict[str, Any], rounds: int) -> None:
        """Send what is no good to every route, in every place a value can stand."""
        admin = self.estate.client("clinic_admin")
        operations = [(m, p, o) for p, ms in document["paths"].items() if p.startswith("/api") for m, o in ms.items()]
        for number in range(rounds):
            for turn, (method, template, operation) in enumerate(operations, number):
                word, path = self.cage.word(f"wrong {method} {template}"), template
                for parameter in [p for p in operation.get("parameters", []) if p.get("in") == "path"]:
                    path = path.replace(f"{{{parameter['name']}}}", word if turn % 2 else str(uuid4()))
                given = {
                    "Idempotency-Key": word, "If-Match": f'"{word}"', "X-Request-ID": word, "X-Wait-For": word,
                    "Content-Type": "application/json", "X-Forwarded-For": word, "Referer": f"http://x/{word}",
                }  # fmt: skip
                shape = json.dumps({"names": {word: self.cage.canary("wrong body")}})
                bodies = (shape, f'{{"names": "{word}', f"{word}\x00")
                body = bodies[turn % 3].encode() if "requestBody" in operation else None
                asked = {"zone": word, "patientId": word, "limit": word, word: word} if turn % 3 else {}
                self.ask(admin, method.upper(), path, params=asked, content=body, headers=given)
        self.ask(admin, "GET", f"/{self.cage.word('no such path')}")
        stranger = {"Authorization": f"Bearer {self.cage.word('token')}"}
        self.ask(admin, "GET", "/api/ehr/patients", headers=stranger)

    def imported(self, folder: Path) -> None:
        """Take over a bundle whole, and have another refused; both lie outside the searched folder."""
        folder.mkdir()
        for name, bad in (("good", False), ("bad", True)):
            document = bundle()
            patient = document["entry"][0]["resource"]
            patient["name"] = [{"family": self.cage.canary("imported"), "given": [self.cage.canary("imported")]}]
            if bad:
                patient["birthDate"] = self.cage.canary("bad birth date")
            (folder / f"{name}.json").write_text(json.dumps(document))
        self.estate.caretrail("import-fhir", str(folder), "--tenant", str(self.estate.tenant))

    def catalogue(self) -> int:
        """Append every event of the catalogue that has a personal field, through the store; return how many."""
        personal = [event for event in EVENTS.values() if CODEC.sealed(event.TOPIC)]

        async def append() -> None:
            services = await open_services(self.estate.settings, 4)
            try:
                for event in personal:
                    made = self.cage.event(event)
                    stream = (made.subject_id if event.TOPIC.startswith("directory.") else None) or uuid7()
                    appends = [StreamAppend(stream, 0, [made])]
                    outcome = Outcome(stream, 1, 0, {})
                    on = context(tenant=self.estate.tenant)
                    await services.store.append(Commit(on, appends, [], [], outcome))
            finally:
                await services.close()

        asyncio.run(append())
        return len(personal)
