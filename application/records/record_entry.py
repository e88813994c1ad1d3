"""Record an entry in a patient's chart."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.records.entries import resource_of
from domain.kernel.event import Content
from domain.kernel.ownership import Owned
from domain.records.health_record import HealthRecord
from domain.records.shapes import TYPE_OF


class RecordEntry(Command, frozen=True, kw_only=True):
    """``content`` says which of the eleven types it is; without an author the caller is the author."""

    content: Content
    patient_id: UUID
    author_id: UUID | None = None
    effective_at: datetime
    effective_until: datetime | None = None
    encounter_id: UUID | None = None


@use_case(RecordEntry, lambda command: f"{resource_of(TYPE_OF[type(command.content)])}:create")
async def handle(command: RecordEntry, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`HealthRecord.enter` raises."""
    await session.guard(Owned(command.patient_id), "patient")
    entry = HealthRecord(session.context.new_id())
    entry.enter(
        command.content,
        patient_id=command.patient_id,
        author_id=command.author_id or session.context.caller.actor_id,
        effective_at=command.effective_at,
        effective_until=command.effective_until,
        encounter_id=command.encounter_id,
        now=session.context.now,
    )
    return await session.commit(entry, recordType=entry.type, patientId=str(entry.patient_id))
