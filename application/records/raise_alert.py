"""Raise the alert about a record found critical."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.records.critical import Finding
from domain.records.critical_alert import CriticalAlert, alert_id
from domain.records.entry import RecordType


class RaiseAlert(Command, frozen=True, kw_only=True):
    """Version ``record_version`` of the record was found critical."""

    record_id: UUID
    record_version: int
    record_type: RecordType
    patient_id: UUID
    effective_at: datetime
    findings: list[Finding]


@use_case(RaiseAlert, "alerts:raise")
async def handle(command: RaiseAlert, session: Session) -> Outcome:
    """A version that was judged before changes nothing."""
    alert = await session.store.load(CriticalAlert, session.context.tenant_id, alert_id(command.record_id))
    alert.raise_for(
        command.findings,
        record_id=command.record_id,
        record_version=command.record_version,
        record_type=command.record_type,
        patient_id=command.patient_id,
        effective_at=command.effective_at,
    )
    return await session.commit(alert, status=alert.state)
