"""Amend an entry: it reads differently from now on, and what it said before stays known."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.records.entries import load_entry, resource_of
from domain.kernel.event import Content
from domain.records.entry import AmendmentReason
from domain.records.shapes import TYPE_OF


class AmendEntry(Command, frozen=True, kw_only=True):
    """The whole entry as it shall read; without an author the caller is one, without a time its period stays."""

    record_id: UUID
    content: Content
    author_id: UUID | None = None
    effective_at: datetime | None = None
    effective_until: datetime | None = None
    reason_code: AmendmentReason
    reason: str | None = None


@use_case(AmendEntry, lambda command: f"{resource_of(TYPE_OF[type(command.content)])}:change")
async def handle(command: AmendEntry, session: Session) -> Outcome:
    """Raises NotFound and what :meth:`HealthRecord.amend` raises."""
    entry = await load_entry(session, command.record_id, TYPE_OF[type(command.content)])
    entry.amend(
        command.content,
        author_id=command.author_id or session.context.caller.actor_id,
        effective_at=command.effective_at,
        effective_until=command.effective_until,
        reason_code=command.reason_code,
        reason=command.reason,
        now=session.context.now,
    )
    return await session.commit(entry, recordType=entry.type, patientId=str(entry.patient_id))
