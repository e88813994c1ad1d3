"""A chart entry of any type is recorded once, amended in the open, and retracted at most."""

from datetime import timedelta

import pytest

from domain.kernel.event import Content, DomainEvent, Unopened
from domain.records import content as says
from domain.records.checks import InvalidContent
from domain.records.content import VitalType
from domain.records.entry import AmendmentReason, RecordType, RetractionReason
from domain.records.health_record import (
    AlreadyRecorded,
    EndsBeforeItStarts,
    HealthRecord,
    NotYetHappened,
    RecordRetracted,
    WrongContent,
)
from domain.records.shapes import SHAPES
from tests.domain.records.sample import CONTENTS, DOCTOR, LATER, NOW, PATIENT, amend, enter, retract
from tests.domain.story import given

REQUIREMENTS = {
    RecordType.MEDICAL_HISTORY: "R152",
    RecordType.LAB_REPORT: "R153",
    RecordType.RADIOLOGY_REPORT: "R154",
    RecordType.SURGICAL_RECORD: "R155",
    RecordType.MENTAL_HEALTH_NOTE: "R156",
    RecordType.VITAL: "R157",
    RecordType.ALLERGY: "R158",
    RecordType.MEDICATION: "R159",
    RecordType.IMMUNIZATION: "R160",
    RecordType.FAMILY_HISTORY: "R161",
    RecordType.LIFESTYLE_ASSESSMENT: "R162",
}
EVERY_TYPE = [
    pytest.param(record_type, id=record_type.value, marks=pytest.mark.requirement(REQUIREMENTS[record_type]))
    for record_type in RecordType
]


def recorded(record_type: RecordType, content: Content | Unopened | None = None) -> DomainEvent:
    return SHAPES[record_type].recorded(
        patient_id=PATIENT, author_id=DOCTOR, effective_at=NOW, content=content or CONTENTS[record_type]
    )


def retracted(record_type: RecordType) -> DomainEvent:
    return SHAPES[record_type].retracted(
        patient_id=PATIENT, author_id=DOCTOR, reason_code=RetractionReason.ENTERED_IN_ERROR, reason="Another patient's"
    )


class TestEveryRecordType:
    @pytest.mark.parametrize("record_type", EVERY_TYPE)
    def test_is_recorded_with_what_it_says(self, record_type: RecordType) -> None:
        content = CONTENTS[record_type]
        given(HealthRecord).when(lambda r: enter(r, content)).then(recorded(record_type))

    @pytest.mark.parametrize("record_type", EVERY_TYPE)
    def test_is_amended_as_a_whole_with_the_reason_and_keeps_its_period(self, record_type: RecordType) -> None:
        content = CONTENTS[record_type]
        amended = SHAPES[record_type].amended(
            patient_id=PATIENT,
            author_id=DOCTOR,
            effective_at=NOW,
            reason_code=AmendmentReason.CORRECTED,
            reason=None,
            content=content,
        )
        given(HealthRecord, recorded(record_type)).when(lambda r: amend(r, content)).then(amended)

    @pytest.mark.parametrize("record_type", EVERY_TYPE)
    def test_is_retracted_with_the_reason(self, record_type: RecordType) -> None:
        given(HealthRecord, recorded(record_type)).when(retract).then(retracted(record_type))

    @pytest.mark.parametrize("record_type", EVERY_TYPE)
    def test_decides_without_reading_what_is_sealed(self, record_type: RecordType) -> None:
        closed = recorded(record_type, Unopened())
        given(HealthRecord, closed).when(retract).then(retracted(record_type))


class TestRecordAnEntry:
    def test_is_refused_a_second_time(self) -> None:
        vital = CONTENTS[RecordType.VITAL]
        given(HealthRecord, recorded(RecordType.VITAL)).when(lambda r: enter(r, vital)).refused(AlreadyRecorded)

    def test_is_refused_when_a_measurement_lies_in_the_future(self) -> None:
        vital = CONTENTS[RecordType.VITAL]
        tomorrow = NOW + timedelta(days=1)
        given(HealthRecord).when(lambda r: enter(r, vital, effective_at=tomorrow)).refused(NotYetHappened)

    def test_lets_a_course_of_medicine_begin_in_the_future(self) -> None:
        medication = CONTENTS[RecordType.MEDICATION]
        tomorrow = NOW + timedelta(days=1)
        story = given(HealthRecord).when(lambda r: enter(r, medication, effective_at=tomorrow))
        story.then(
            SHAPES[RecordType.MEDICATION].recorded(
                patient_id=PATIENT, author_id=DOCTOR, effective_at=tomorrow, content=medication
            )
        )

    def test_is_refused_when_it_ends_before_it_starts(self) -> None:
        medication = CONTENTS[RecordType.MEDICATION]
        story = given(HealthRecord).when(lambda r: enter(r, medication, effective_until=NOW))
        assert story.refused(EndsBeforeItStarts).details == {"field": "effective_until"}


class TestAmendAnEntry:
    def test_moves_the_period_when_told_to(self) -> None:
        allergy = CONTENTS[RecordType.ALLERGY]
        earlier = NOW - timedelta(days=30)
        story = given(HealthRecord, recorded(RecordType.ALLERGY))
        story.when(lambda r: amend(r, allergy, effective_at=earlier, effective_until=LATER)).then(
            SHAPES[RecordType.ALLERGY].amended(
                patient_id=PATIENT,
                author_id=DOCTOR,
                effective_at=earlier,
                effective_until=LATER,
                reason_code=AmendmentReason.CORRECTED,
                reason=None,
                content=allergy,
            )
        )

    def test_is_refused_after_a_retraction(self) -> None:
        history = [recorded(RecordType.VITAL), retracted(RecordType.VITAL)]
        vital = CONTENTS[RecordType.VITAL]
        given(HealthRecord, *history).when(lambda r: amend(r, vital)).refused(RecordRetracted)

    def test_is_refused_with_the_content_of_another_type(self) -> None:
        allergy = CONTENTS[RecordType.ALLERGY]
        given(HealthRecord, recorded(RecordType.VITAL)).when(lambda r: amend(r, allergy)).refused(WrongContent)

    def test_is_refused_with_content_that_breaks_a_rule(self) -> None:
        wrong = says.Vital(type=VitalType.HEART_RATE, value="fast", unit="/min")
        story = given(HealthRecord, recorded(RecordType.VITAL)).when(lambda r: amend(r, wrong))
        refusal = story.refused(InvalidContent)
        assert (refusal.code, refusal.details) == ("invalid-content", {"field": "value", "rule": "number"})


class TestRetractAnEntry:
    def test_happens_once(self) -> None:
        history = [recorded(RecordType.ALLERGY), retracted(RecordType.ALLERGY)]
        given(HealthRecord, *history).when(retract).refused(RecordRetracted)
