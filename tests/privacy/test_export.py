"""The export: all and only what is recorded about one person, as JSON and as FHIR another system can take over."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.fhir.importer import Circumstances, Importer
from projections.kernel.lists import Window
from projections.patient_timeline.queries import NOW_KNOWN, Moment, chart
from tests.api.billing import INVOICES, VISIT
from tests.api.house import House
from tests.api.scheduling import LISBON, book, soon
from tests.privacy.people import Known, admitted, done, words

CHANGE = {"reasonCode": "corrected", "reason": "typing error"}


async def lived(house: House) -> Known:
    """A person with a chart of every kind, one entry amended and one retracted, a visit that was moved, an invoice."""
    known = await admitted(house)
    doctor, desk, finance = (house.client(role) for role in ("doctor", "receptionist", "finance_billing"))
    allergy = f"/api/ehr/allergies/{known.records['allergies']}"
    amended = {"allergen": words(known.id, "amended"), "severity": "Mild", "reaction": "Rash"}
    done(await doctor.put(allergy, json=amended | CHANGE))
    gone = {"reasonCode": "wrong-patient", "reason": words(known.id, "mixed-up")}
    done(await doctor.request("DELETE", f"/api/ehr/vitals/{known.records['vitals']}", json=gone))
    visit = await book(desk, known.id, uuid4(), notes=words(known.id, "visit-note"))
    moved = {"starts": soon(5).isoformat(timespec="minutes"), "zone": LISBON}
    done(await desk.put(f"/api/appointments/{visit['id']}", json=moved))
    lines = [{**VISIT, "description": words(known.id, "line")}]
    drafted = done(await finance.post(INVOICES, json={"userId": str(known.id), "lines": lines}), 201)
    done(await finance.post(f"{INVOICES}/{drafted['id']}/issue"))
    return known


async def exported(house: House, person: UUID, form: str = "json", *more: str) -> Any:
    answer = await house.client("privacy_officer", *more).get(f"/api/privacy/export?subject={person}&format={form}")
    assert answer.status_code == 200, answer.text
    return answer.json() if form == "fhir" else answer.json()["data"]


class TestExport:
    @pytest.mark.requirement("R008")
    async def test_holds_every_event_about_the_person_opened_and_no_other(self, house: House) -> None:
        known, other = await lived(house), await lived(house)
        await house.drain()
        given = await exported(house, known.id, "json", "counselor")
        with psycopg.connect(house.database_url) as connection:
            stored = connection.execute(
                "SELECT position, type FROM event_store.events WHERE tenant_id = %s AND subject_id = %s ORDER BY 1",
                (house.tenant, known.id),
            ).fetchall()
        assert [(fact["position"], fact["event"]) for fact in given["facts"]] == stored
        assert given["complete"] is True
        text = json.dumps(given)
        assert other.id.hex not in text.replace("-", "")
        for what in ("name", "mail", "condition", "allergen", "amended", "mixed-up", "visit-note", "line", "session"):
            assert words(known.id, what) in text
        assert all(fact["by"] and fact["request"] and fact["recordedAt"] for fact in given["facts"])

    @pytest.mark.requirement("R156")
    @pytest.mark.parametrize("form", ["json", "fhir"])
    async def test_opens_notes_of_therapy_sessions_only_for_who_may_read_them(self, house: House, form: str) -> None:
        known = await admitted(house)
        plain, with_notes = [json.dumps(await exported(house, known.id, form, *more)) for more in ((), ("counselor",))]
        note = words(known.id, "session") if form == "json" else "DocumentReference"
        assert words(known.id, "allergen") in plain
        assert (note in plain, note in with_notes) == (False, True)

    async def test_is_the_patients_own_to_take_and_nobody_elses(self, house: House) -> None:
        known = await admitted(house)
        url = f"/api/privacy/export?subject={known.id}"
        own = done(await house.client("patient", actor=known.id).get(url))
        assert words(known.id, "allergen") in json.dumps(own)
        assert (await house.client("patient").get(url)).status_code == 404
        for role in ("doctor", "auditor", "receptionist"):
            assert (await house.client(role).get(url)).status_code == 403
        elsewhere = house.client("privacy_officer", tenant=uuid4())
        assert (await elsewhere.get(url)).status_code == 404


class TestBundle:
    @pytest.mark.requirement("R008")
    async def test_says_what_stands_now_of_this_person_and_no_other(self, house: House) -> None:
        known, other = await lived(house), await lived(house)
        text = json.dumps(await exported(house, known.id, "fhir"))
        assert other.id.hex not in text.replace("-", "")
        present = [
            "name",
            "mail",
            "condition",
            "diagnosis",
            "test",
            "image",
            "surgery",
            "surgeon",
            "medicine",
            "dosage",
        ]
        present += ["dosage", "vaccine", "batch", "heredity", "smoking", "amended", "visit-note", "line", "conclusion"]
        assert [what for what in present if words(known.id, what) not in text] == []
        assert words(known.id, "allergen") not in text

    async def test_is_read_back_by_the_importer_with_nothing_refused_and_says_the_same(self, house: House) -> None:
        known = await lived(house)
        bundle = await exported(house, known.id, "fhir", "counselor")
        tenant = uuid4()
        services = house.services
        importer = Importer(
            services.dispatcher, services.store, Circumstances(tenant, services.new_id, lambda: datetime.now(UTC))
        )
        await importer.take("export.json", json.dumps(bundle).encode())
        await importer.settle()
        assert importer.report.refusals == []
        # The retracted vital sign, and what the importer has no stream for: relatives, notes, invoices.
        assert importer.report.not_mapped.total() == 4
        assert importer.report.refused.total() == 0
        house.project()
        types = ["allergy", "medical_history", "medication", "immunization", "surgical_record", "lab_report"]
        before, after = [
            await chart(services.reader.within(where), where, person, types, Moment(NOW_KNOWN, None), Window(100))
            for where, person in ((house.tenant, known.id), (tenant, await only_patient(house, tenant)))
        ]
        said = [{row["record_type"]: told(row) for row in found.rows} for found in (before, after)]
        assert said[0] == said[1]


async def only_patient(house: House, tenant: UUID) -> UUID:
    row = await house.services.reader.within(tenant).row(
        "SELECT person_id FROM read.directory WHERE tenant_id = %(tenant)s AND role = 'patient'",
        {"tenant": tenant},
    )
    assert row
    found: UUID = row["person_id"]
    return found


def told(row: dict[str, Any]) -> dict[str, Any]:
    """What a record says that FHIR has an element for, and when it held true."""
    content = row["content"]
    names = ("allergen", "severity", "reaction", "condition", "name", "dosage", "frequency", "vaccine_name",
             "batch_number", "surgery_name", "test_name", "result", "unit", "normal_range")  # fmt: skip
    return {name: content.get(name) for name in names} | {"from": row["effective_from"]}
