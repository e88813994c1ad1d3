"""Withdraw the alert about a record that is no longer critical."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.records.critical_alert import CriticalAlert, alert_id


class WithdrawAlert(Command, frozen=True, kw_only=True):
    """Version ``record_version`` of the record is not critical, or the record is retracted; ``last_critical`` was."""

    record_id: UUID
    record_version: int
    patient_id: UUID
    last_critical: int


@use_case(WithdrawAlert, "alerts:raise")
async def handle(command: WithdrawAlert, session: Session) -> Outcome:
    """Without an alert, and none on its way, there is nothing to withdraw."""
    alert = await session.store.load(CriticalAlert, session.context.tenant_id, alert_id(command.record_id))
    alert.withdraw(
        record_id=command.record_id,
        record_version=command.record_version,
        patient_id=command.patient_id,
        last_critical=command.last_critical,
    )
    return await session.commit(alert, status=alert.state)
