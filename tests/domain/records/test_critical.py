"""Severe allergies and dangerous vital signs are found, and the alert about a record follows its versions."""

import pytest

from domain.kernel.event import Content, Unopened
from domain.records.content import Allergy, Measure, Severity, Vital, VitalType
from domain.records.critical import Finding, findings
from domain.records.critical_alert import AlertNotOpen, CriticalAlert
from domain.records.entry import RecordType
from domain.records.events import AlertAcknowledged, AlertRaised, AlertWithdrawn
from tests.domain.records.sample import DOCTOR, NOW, PATIENT
from tests.domain.story import STREAM, given

pytestmark = pytest.mark.requirement("R150")


def pressure(systolic: str) -> Vital:
    parts = [("systolic", systolic), ("diastolic", "60")]
    measures = [Measure(name=name, value=value, unit="mm[Hg]") for name, value in parts]
    return Vital(type=VitalType.BLOOD_PRESSURE, components=measures)


def vital(vital_type: VitalType, value: str, unit: str) -> Vital:
    return Vital(type=vital_type, value=value, unit=unit)


HEART, HEAT = VitalType.HEART_RATE, VitalType.TEMPERATURE
CASES: list[tuple[Content, str | None]] = [
    (Allergy(allergen="Penicillin", severity=Severity.SEVERE), "allergy-severe"),
    (Allergy(allergen="Pollen", severity=Severity.MODERATE), None),
    (Allergy(allergen="Pollen"), None),
    (pressure("180"), "systolic-high"),
    (pressure("179.9"), None),
    (pressure("90.1"), None),
    (pressure("90"), "systolic-low"),
    (vital(HEART, "120", "/min"), "heart-rate-high"),
    (vital(HEART, "119", "/min"), None),
    (vital(HEART, "51", "bpm"), None),
    (vital(HEART, "50", "bpm"), "heart-rate-low"),
    (vital(HEAT, "103", "[degF]"), "temperature-high"),
    (vital(HEAT, "102.9", "°F"), None),
    (vital(HEAT, "39.4", "Cel"), None),
    (vital(HEAT, "39.5", "Cel"), "temperature-high"),
    (vital(HEAT, "35", "Cel"), "temperature-low"),
    (vital(HEAT, "95.1", "[degF]"), None),
    (vital(VitalType.WEIGHT, "200", "kg"), None),
]


class TestFindings:
    @pytest.mark.parametrize(("content", "rule"), CASES)
    def test_fire_at_the_threshold_and_not_before(self, content: Content, rule: str | None) -> None:
        assert [finding.rule for finding in findings(content)] == ([rule] if rule else [])

    def test_of_what_cannot_be_read_are_none(self) -> None:
        assert findings(Unopened()) == []


FOUND = [Finding(rule="heart-rate-high", value="130", unit="/min")]


def raised(version: int = 1) -> AlertRaised:
    return AlertRaised(
        patient_id=PATIENT, record_id=STREAM, record_version=version, record_type=RecordType.VITAL, effective_at=NOW,
        findings=FOUND,
    )  # fmt: skip


def acknowledged() -> AlertAcknowledged:
    return AlertAcknowledged(patient_id=PATIENT, acknowledged_by=DOCTOR, acknowledged_at=NOW)


def withdrawn(version: int) -> AlertWithdrawn:
    return AlertWithdrawn(patient_id=PATIENT, record_id=STREAM, record_version=version)


def raise_for(alert: CriticalAlert, version: int = 1) -> None:
    alert.raise_for(
        FOUND, record_id=STREAM, record_version=version, record_type=RecordType.VITAL, patient_id=PATIENT,
        effective_at=NOW,
    )  # fmt: skip


def withdraw(alert: CriticalAlert, version: int, last_critical: int = 1) -> None:
    alert.withdraw(record_id=STREAM, record_version=version, patient_id=PATIENT, last_critical=last_critical)


class TestCriticalAlert:
    def test_is_raised_for_a_critical_version(self) -> None:
        given(CriticalAlert).when(raise_for).then(raised())

    def test_is_raised_once_for_the_same_version(self) -> None:
        given(CriticalAlert, raised(2)).when(lambda a: raise_for(a, 2)).then()

    def test_is_raised_again_for_a_later_version_though_acknowledged(self) -> None:
        given(CriticalAlert, raised(), acknowledged()).when(lambda a: raise_for(a, 2)).then(raised(2))

    def test_is_acknowledged_once(self) -> None:
        story = given(CriticalAlert, raised())
        story.when(lambda a: a.acknowledge(by=DOCTOR, now=NOW)).then(acknowledged())
        given(CriticalAlert, raised(), acknowledged()).when(lambda a: a.acknowledge(by=DOCTOR, now=NOW)).refused(
            AlertNotOpen
        )

    def test_is_withdrawn_when_a_later_version_is_harmless(self) -> None:
        given(CriticalAlert, raised()).when(lambda a: withdraw(a, 2)).then(withdrawn(2))

    def test_is_not_withdrawn_twice_nor_by_an_older_version(self) -> None:
        given(CriticalAlert, raised(), withdrawn(2)).when(lambda a: withdraw(a, 2)).then()
        given(CriticalAlert, raised(), withdrawn(2)).when(lambda a: withdraw(a, 3)).then()
        given(CriticalAlert, raised(3)).when(lambda a: withdraw(a, 2)).then()

    def test_is_not_raised_by_who_comes_late_with_a_version_that_is_over(self) -> None:
        given(CriticalAlert).when(lambda a: withdraw(a, 2)).then(withdrawn(2))
        given(CriticalAlert, withdrawn(2)).when(raise_for).then()
        given(CriticalAlert, raised(), withdrawn(2)).when(lambda a: withdraw(a, 4, last_critical=3)).then(withdrawn(4))
