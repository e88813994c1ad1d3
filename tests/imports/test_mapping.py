"""What a FHIR resource says is what the event says; a bundle that breaks a rule is refused by entry and code."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from adapters.fhir.bundle import Bundle, Reading
from adapters.fhir.refusal import Unusable
from domain.billing.events import InvoiceImported
from domain.directory.events import PatientRegistered, PractitionerRegistered
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.records import content as says
from domain.records.entry import EntryRecorded
from domain.scheduling.events import AppointmentImported
from tests.imports.sample import Json, bundle, concept, entry, packed, quantity

TENANT = uuid4()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(document: Json) -> Reading:
    return Bundle.parse(packed(document)).reading(TENANT, NOW, "Europe/Lisbon")


def events(document: Json) -> list[DomainEvent]:
    return [stream.event for stream in read(document).mapped]


def said(document: Json) -> list[Any]:
    return [event.content for event in events(document) if isinstance(event, EntryRecorded)]


SAID = [
    says.Vital(
        type=says.VitalType.BLOOD_PRESSURE,
        name="Blood pressure",
        components=[
            says.Measure(
                name="systolic", value="121.5", unit="mm[Hg]", code="8480-6", system="http://loinc.org"
            ),
            says.Measure(name="diastolic", value="80", unit="mm[Hg]", code="8462-4", system="http://loinc.org"),
        ],
        code="85354-9",
        system="http://loinc.org",
    ),
    says.LabReport(
        test_name="Sodium", result="139", unit="mmol/L", status="final", code="2951-2",
        system="http://loinc.org",
    ),
    says.LifestyleAssessment(
        smoking="Never smoker", question="Tobacco smoking status", answer="Never smoker", code="72166-2",
        system="http://loinc.org",
    ),
    says.LabReport(
        test_name="Metabolic panel", status="final", code="1", system="http://loinc.org",
        results=[
            says.LabResult(
                test_name="Sodium", result="139", unit="mmol/L", code="2951-2", system="http://loinc.org"
            )
        ],
    ),
    says.MedicalHistory(condition="Asthma", status="resolved", code="1", system="http://loinc.org"),
    says.Medication(name="Salbutamol", is_active=False, status="stopped", code="1", system="http://loinc.org"),
    says.Immunization(
        vaccine_name="Influenza", batch_number="A1", status="completed", code="1", system="http://loinc.org"
    ),
    says.Allergy(
        allergen="Penicillin", severity=says.Severity.SEVERE, code="1", system="http://loinc.org"
    ),
    says.SurgicalRecord(surgery_name="Spirometry", status="completed", code="1", system="http://loinc.org"),
    says.RadiologyReport(image_type="Digital Radiography", code="DX"),
]  # fmt: skip


class TestMapping:
    def test_keeps_what_each_resource_says(self) -> None:
        assert said(bundle()) == SAID

    def test_gives_times_people_and_sources_their_places(self) -> None:
        found = events(bundle())
        patient, doctor = found[0], found[1]
        assert isinstance(patient, PatientRegistered)
        assert isinstance(doctor, PractitionerRegistered)
        visit = next(event for event in found if isinstance(event, AppointmentImported))
        assert (visit.patient_id, visit.practitioner_id) == (patient.patient_id, doctor.practitioner_id)
        assert (visit.starts.local, visit.starts.zone, visit.minutes) == ("2020-05-01T08:00", "Europe/Lisbon", 30)
        entries = [event for event in found if isinstance(event, EntryRecorded)]
        assert {event.patient_id for event in entries} == {patient.patient_id}
        pressure, asthma = entries[0], entries[4]
        assert pressure.author_id == doctor.practitioner_id
        assert pressure.effective_at == datetime(2020, 5, 1, 7, 10, tzinfo=UTC)
        assert (pressure.source_system, pressure.source_id) == (
            "fhir", "Observation/00000000-0000-4000-8000-000000000005",
        )  # fmt: skip
        assert asthma.effective_at == datetime(2010, 1, 1, tzinfo=UTC)
        assert asthma.effective_until == datetime(2012, 6, 1, tzinfo=UTC)
        invoice = next(event for event in found if isinstance(event, InvoiceImported))
        assert (invoice.total, invoice.issued_on) == (Money(12917, "EUR"), date(2020, 5, 2))

    def test_gives_the_same_stream_ids_every_time_and_others_to_another_tenant(self) -> None:
        ids = [stream.stream_id for stream in read(bundle()).mapped]
        assert ids == [stream.stream_id for stream in read(bundle()).mapped]
        others = Bundle.parse(packed(bundle())).reading(uuid4(), NOW).mapped
        assert not set(ids) & {stream.stream_id for stream in others}

    def test_counts_what_it_does_not_map_and_what_says_that_it_does_not_count(self) -> None:
        document = bundle()
        document["entry"][4]["resource"]["status"] = "entered-in-error"
        document["entry"][12]["resource"]["status"] = "not-done"
        reading = read(document)
        assert reading.not_mapped == {"CarePlan": 1, "Observation": 1, "Procedure": 1}
        assert reading.read.total() == len(reading.mapped) + reading.not_mapped.total()

    def test_takes_an_absent_value_as_left_out_and_words_for_a_vital_as_a_result(self) -> None:
        document = bundle()
        vital = document["entry"][4]["resource"]
        del vital["component"]
        vital["dataAbsentReason"] = concept("unknown")
        assert read(document).not_mapped["Observation"] == 1
        vital["valueString"] = "could not be measured"
        assert said(document)[0].result == "could not be measured"

    def test_resolves_relative_conditional_and_contained_references(self) -> None:
        document = bundle()
        document["entry"][0]["resource"]["identifier"] = [{"system": "urn:mrn", "value": "7"}]
        for n, reference in ((5, "Patient/00000000-0000-4000-8000-000000000001"), (6, "Patient?identifier=urn:mrn|7")):
            document["entry"][n]["resource"]["subject"]["reference"] = reference
        request = document["entry"][9]["resource"]
        del request["medicationCodeableConcept"]
        request["medicationReference"] = {"reference": "#med"}
        request["contained"] = [{"resourceType": "Medication", "id": "med", "code": concept("Salbutamol spray")}]
        reading = read(document)
        assert reading.outside == {}
        assert said(document)[5].name == "Salbutamol spray"

    def test_names_the_streams_it_needs_from_elsewhere(self) -> None:
        document = bundle()
        document["entry"][3]["resource"]["serviceProvider"]["reference"] = "Organization/elsewhere"
        assert list(read(document).outside.values()) == [3]


def put(n: int, **fields: Any) -> Callable[[Json], None]:
    return lambda document: document["entry"][n]["resource"].update(fields)


def drop(n: int, field: str) -> Callable[[Json], None]:
    return lambda document: document["entry"][n]["resource"].pop(field)


BROKEN: dict[str, tuple[Callable[[Json], Any], int | None, str]] = {
    "a document of another type": (lambda d: d.update(resourceType="Patient"), None, "not-a-bundle"),
    "a bundle of another type": (lambda d: d.update(type="message"), None, "bundle-type"),
    "entries that are no list": (lambda d: d.update(entry="none"), None, "wrong-shape"),
    "an entry without a resource": (lambda d: d["entry"][2].pop("resource"), 2, "entry-without-resource"),
    "an id that is none": (put(2, id="a b"), 2, "bad-id"),
    "an entry twice": (lambda d: d["entry"].append(d["entry"][2]), 16, "duplicate-entry"),
    "an unknown reference": (put(8, subject={"reference": "urn:uuid:nobody"}), 8, "unknown-reference"),
    "no subject": (drop(8, "subject"), 8, "missing-subject"),
    "a subject that is a group": (put(8, subject={"reference": "Group/1"}), 8, "subject-not-a-patient"),
    "a date that is none": (put(8, onsetDateTime="2020-13-45"), 8, "bad-date"),
    "a time without a zone": (put(4, effectiveDateTime="2020-05-01T09:10:00"), 4, "bad-date"),
    "a birth date that is none": (put(0, birthDate="yesterday"), 0, "bad-date"),
    "no date at all": (lambda d: [d["entry"][11]["resource"].pop("recordedDate")], 11, "missing-date"),
    "an end before the start": (put(8, abatementDateTime="2009"), 8, "ends-before-it-starts"),
    "a measurement in the future": (put(5, effectiveDateTime="2030-01-01"), 5, "not-yet-happened"),
    "a condition without a name": (put(8, code={}), 8, "missing-code"),
    "a value without a unit": (put(5, valueQuantity=quantity(1, None)), 5, "value-without-unit"),
    "a result without a value": (drop(5, "valueQuantity"), 5, "missing-value"),
    "a number in words": (put(5, valueQuantity={"value": "high", "unit": "mmol/L"}), 5, "wrong-shape"),
    "a list where an object belongs": (put(8, code=[]), 8, "wrong-shape"),
    "a vital out of range": (
        lambda d: d["entry"][4]["resource"]["component"][0].update(valueQuantity=quantity(9000, "mm[Hg]")),
        4, "invalid-content-range",
    ),
    "a vital in a foreign unit": (
        lambda d: d["entry"][4]["resource"]["component"][0].update(valueQuantity=quantity(120, "kg")),
        4, "invalid-content-unit",
    ),
    "an encounter of unknown status": (put(3, status="dreamt"), 3, "unknown-status"),
    "an encounter without a start": (put(3, period={}), 3, "missing-date"),
    "a claim without a total": (drop(14, "total"), 14, "missing-total"),
    "a claim without a currency": (put(14, total={"value": 1}), 14, "missing-currency"),
    "a claim for less than nothing": (put(14, total={"value": -1, "currency": "EUR"}), 14, "bad-number"),
    "a name no database can keep": (put(2, name="Hospital\0"), 2, "bad-text"),
    "a number past all bounds": (put(14, total={"value": 10**40, "currency": "EUR"}), 14, "bad-number"),
    "a stay of a thousand years": (
        put(3, period={"start": "1000-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}), 3, "bad-date",
    ),
    "a start before all calendars": (
        put(3, period={"start": "0001-01-01T00:00:00Z", "end": "0001-01-01T00:10:00Z"}), 3, "bad-date",
    ),
    "an organisation without a name": (drop(2, "name"), 2, "missing-name"),
}  # fmt: skip


class TestRefusal:
    @pytest.mark.parametrize("case", BROKEN)
    def test_names_the_entry_and_the_rule_and_no_value(self, case: str) -> None:
        bend, place, code = BROKEN[case]
        document = bundle()
        bend(document)
        with pytest.raises(Unusable) as caught:
            read(document)
        assert (caught.value.code, caught.value.entry) == (code, place)
        assert "Testperson" not in f"{caught.value} {caught.value.field}"

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "not-json"),
            (b"\xff\xfe", "not-json"),
            (b'{"resourceType": "Bundle"', "not-json"),
            (b"[" * 100_000, "not-json"),
            (b"[]", "not-fhir"),
            (b'{"a": 1}', "not-fhir"),
            (b'{"resourceType": 7}', "not-fhir"),
        ],
    )
    def test_tells_what_is_no_json_and_what_is_no_fhir(self, content: bytes, code: str) -> None:
        with pytest.raises(Unusable) as caught:
            Bundle.parse(content)
        assert caught.value.code == code

    def test_stands_a_resource_nested_as_deep_as_json_can_be_read(self) -> None:
        document = bundle()
        deep: Json = {}
        for _ in range(800):
            deep = {"extension": deep}
        document["entry"][8]["resource"]["extension"] = [deep]
        assert len(read(document).mapped) == 15

    def test_takes_the_smallest_number_for_one_past_all_bounds(self) -> None:
        content = packed(bundle()).replace(b'"value": 139', b'"value": 1e-400000')
        with pytest.raises(Unusable) as caught:
            Bundle.parse(content).reading(TENANT, NOW)
        assert caught.value.code == "bad-number"


class TestFutureEncounter:
    def test_takes_the_seats_of_its_practitioner(self) -> None:
        document = bundle()
        period = {"start": "2026-04-01T09:00:00Z", "end": "2026-04-01T09:30:00Z"}
        document["entry"][3]["resource"].update(status="planned", period=period)
        stream = read(document).mapped[3]
        assert len(stream.keys) == 6
        assert all(stream.keys[0].scope == key.scope for key in stream.keys)


def test_a_bundle_of_the_patient_alone_is_enough() -> None:
    document = {"resourceType": "Bundle", "type": "collection", "entry": [entry(1, {"resourceType": "Patient"})]}
    assert [stream.type for stream in read(document).mapped] == ["Patient"]
