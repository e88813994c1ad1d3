"""Acknowledge a critical alert."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.records.critical_alert import CriticalAlert


class AcknowledgeAlert(Command, frozen=True, kw_only=True):
    """The caller has seen to the alert."""

    alert_id: UUID


@use_case(AcknowledgeAlert, "alerts:acknowledge")
async def handle(command: AcknowledgeAlert, session: Session) -> Outcome:
    """Raises NotFound and AlertNotOpen."""
    alert = await session.load(CriticalAlert, command.alert_id)
    alert.acknowledge(by=session.context.caller.actor_id, now=session.context.now)
    return await session.commit(alert, status=alert.state)
