"""Retract an entry: it leaves the chart, never the record of what was known."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.records.entries import load_entry, resource_of
from domain.records.entry import RecordType, RetractionReason


class RetractEntry(Command, frozen=True, kw_only=True):
    """Why the entry ``record_id`` of type ``record_type`` does not count any more."""

    record_id: UUID
    record_type: RecordType
    reason_code: RetractionReason
    reason: str | None = None


@use_case(RetractEntry, lambda command: f"{resource_of(command.record_type)}:retract")
async def handle(command: RetractEntry, session: Session) -> Outcome:
    """Raises NotFound and RecordRetracted."""
    entry = await load_entry(session, command.record_id, command.record_type)
    entry.retract(author_id=session.context.caller.actor_id, reason_code=command.reason_code, reason=command.reason)
    return await session.commit(entry, recordType=entry.type, patientId=str(entry.patient_id), status="retracted")
