"""One entry of a patient's chart, of any of the eleven types: recorded once, amended in the open, retracted at most."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.event import Content
from domain.kernel.ownership import Owned
from domain.records.checks import check
from domain.records.entry import (
    AmendmentReason,
    EntryAmended,
    EntryRecorded,
    EntryRetracted,
    RecordType,
    RetractionReason,
)
from domain.records.shapes import SHAPES, TYPE_OF

#: Types that state what has happened or was measured; they cannot lie in the future.
HAPPENED = frozenset(
    {RecordType.LAB_REPORT, RecordType.RADIOLOGY_REPORT, RecordType.SURGICAL_RECORD, RecordType.VITAL,
     RecordType.IMMUNIZATION}
)  # fmt: skip
CLOCK_SKEW = timedelta(minutes=5)


class AlreadyRecorded(IllegalTransition):
    """The entry exists; it can be amended."""

    code = "already-recorded"


class RecordRetracted(IllegalTransition):
    """A retracted entry stays as it is."""

    code = "record-retracted"


class EndsBeforeItStarts(Invalid):
    """The effective period ends at or before its start."""

    code = "ends-before-it-starts"


class NotYetHappened(Invalid):
    """A measurement or procedure cannot lie in the future."""

    code = "not-yet-happened"


class WrongContent(Invalid):
    """The content belongs to another record type."""

    code = "wrong-content"


class HealthRecord(Aggregate):
    """A chart entry. Decisions rest on its type, state and times alone: what it says is sealed."""

    NAME = "health record"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.type: RecordType
        self.patient_id: UUID
        self.encounter_id: UUID | None = None
        self.effective_at: datetime
        self.effective_until: datetime | None = None
        self.retracted = False

    def enter(
        self,
        content: Content,
        *,
        patient_id: UUID,
        author_id: UUID | None,
        effective_at: datetime,
        effective_until: datetime | None = None,
        encounter_id: UUID | None = None,
        now: datetime,
    ) -> None:
        """Record the entry. Raises AlreadyRecorded, InvalidContent, EndsBeforeItStarts or NotYetHappened."""
        if self.version:
            raise AlreadyRecorded("This entry is recorded already: amend it.", id=str(self.id))
        record_type = TYPE_OF[type(content)]
        self._guard(record_type, content, effective_at, effective_until, now)
        event = SHAPES[record_type].recorded
        self.record(
            event(
                patient_id=patient_id,
                author_id=author_id,
                effective_at=effective_at,
                effective_until=effective_until,
                encounter_id=encounter_id,
                content=content,
            )
        )

    def amend(
        self,
        content: Content,
        *,
        author_id: UUID | None,
        effective_at: datetime | None = None,
        effective_until: datetime | None = None,
        reason_code: AmendmentReason,
        reason: str | None,
        now: datetime,
    ) -> None:
        """State the whole entry anew; without ``effective_at`` its period stays.

        Raises RecordRetracted, WrongContent and what :meth:`enter` raises.
        """
        self._not_retracted()
        record_type = TYPE_OF[type(content)]
        if record_type is not self.type:
            raise WrongContent("An amendment keeps the type of the entry.", id=str(self.id), type=self.type)
        start, until = (effective_at, effective_until) if effective_at else (self.effective_at, self.effective_until)
        self._guard(record_type, content, start, until, now)
        event = SHAPES[record_type].amended
        self.record(
            event(
                patient_id=self.patient_id,
                author_id=author_id,
                effective_at=start,
                effective_until=until,
                encounter_id=self.encounter_id,
                reason_code=reason_code,
                reason=reason,
                content=content,
            )
        )

    def retract(self, *, author_id: UUID | None, reason_code: RetractionReason, reason: str | None) -> None:
        """Take the entry out of the chart, once. Raises RecordRetracted."""
        self._not_retracted()
        event = SHAPES[self.type].retracted
        self.record(event(patient_id=self.patient_id, author_id=author_id, reason_code=reason_code, reason=reason))

    def _recorded(self, event: EntryRecorded) -> None:
        self.type = TYPE_OF[type(event)]
        self.patient_id = event.patient_id
        self.encounter_id = event.encounter_id
        self.effective_at, self.effective_until = event.effective_at, event.effective_until

    def _amended(self, event: EntryAmended) -> None:
        self.effective_at, self.effective_until = event.effective_at, event.effective_until

    def _retracted(self, event: EntryRetracted) -> None:
        self.retracted = True

    @property
    def owned(self) -> Owned:
        """The patient's."""
        return Owned(self.patient_id)

    def _not_retracted(self) -> None:
        if self.retracted:
            raise RecordRetracted("This entry has been retracted and stays as it is.", id=str(self.id))

    @staticmethod
    def _guard(
        record_type: RecordType, content: Content, start: datetime, until: datetime | None, now: datetime
    ) -> None:
        check(content)
        if until is not None and until <= start:
            raise EndsBeforeItStarts("The effective period must end after its start.", field="effective_until")
        if record_type in HAPPENED and start > now + CLOCK_SKEW:
            raise NotYetHappened("What was measured or done cannot lie in the future.", field="effective_at")


for _shape in SHAPES.values():
    HealthRecord.EVOLVE[_shape.recorded] = HealthRecord._recorded
    HealthRecord.EVOLVE[_shape.amended] = HealthRecord._amended
    HealthRecord.EVOLVE[_shape.retracted] = HealthRecord._retracted
