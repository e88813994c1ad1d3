"""A little that happens in a house, by known people at known requests, so that a review can account for it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
from uuid_utils.compat import uuid7

from adapters.settings import ROOT
from tests.api.house import House
from tests.api.scheduling import body as booking

PERSON = {"names": [{"text": "Joana Reis"}], "birthDate": "1980-02-29"}
DOCTOR = {"names": [{"text": "Dr. Rita Leal"}]}
ALLERGY = {"allergen": "Penicillin", "severity": "Mild", "effectiveAt": "2026-01-05T09:00:00Z"}
AMENDED = ALLERGY | {"severity": "Severe", "reaction": "Hives", "reasonCode": "corrected", "reason": "Read it again"}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


class Told(NamedTuple):
    """Who and what the story is about. ``moments`` lie before, between and after what was done to the allergy."""

    patient: UUID
    doctor: UUID
    allergy: UUID
    note: UUID
    appointment: UUID
    request: UUID
    moments: list[datetime]


async def happen(house: House) -> Told:
    """Let a patient be registered, an allergy be recorded, amended and retracted, a note taken, a visit moved."""
    patient, doctor, request = uuid7(), uuid7(), uuid4()
    desk, at_work = house.client("receptionist"), house.client("doctor", "counselor", actor=doctor)
    data(await desk.post("/api/ehr/patients", json=PERSON | {"patientId": str(patient)}), 201)
    data(await desk.post("/api/ehr/practitioners", json=DOCTOR | {"practitionerId": str(doctor)}), 201)
    moments = [datetime.now(UTC)]
    whose = {"patientId": str(patient)}
    allergy = data(await at_work.post("/api/ehr/allergies", json=ALLERGY | whose), 201)["id"]
    moments.append(datetime.now(UTC))
    url = f"/api/ehr/allergies/{allergy}"
    data(await at_work.put(url, json=AMENDED, headers={"X-Request-ID": str(request)}))
    moments.append(datetime.now(UTC))
    data(await at_work.request("DELETE", url, json={"reasonCode": "wrong-patient"}))
    moments.append(datetime.now(UTC))
    note = data(await at_work.post("/api/ehr/mental-health-notes", json={"sessionNote": "Sleeps well"} | whose), 201)
    visit = data(await desk.post("/api/appointments", json=booking(patient, doctor, notes="By the window")), 201)
    data(await desk.post(f"/api/appointments/{visit['id']}/confirm"))
    data(await desk.delete(f"/api/appointments/{visit['id']}", params={"reasonCode": "PATIENT_REQUEST"}))
    return Told(patient, doctor, UUID(allergy), UUID(note["id"]), UUID(visit["id"]), request, moments)


def caretrail(house: House, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line over the house's database, with the house's keys."""
    return run(house.database_url, house.services.settings.state, *arguments, **environment)


def run(url: str, state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of an installation."""
    here = {"DATABASE_URL": url, "CARETRAIL_STATE": str(state), "REDIS_URL": ""}
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", *arguments],
        cwd=ROOT, env=os.environ | here | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
