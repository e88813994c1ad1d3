"""Set how long an organisation keeps a class of data."""

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.kernel.event import Retention
from domain.privacy.retention import RetentionPolicy, policy_id


class SetRetentionPeriod(Command, frozen=True, kw_only=True):
    """``years`` after the last entry; ``source``: the law or rule that says so."""

    retention: Retention
    years: int
    source: str


@use_case(SetRetentionPeriod, "privacy:hold")
async def handle(command: SetRetentionPeriod, session: Session) -> Outcome:
    """Raises NothingToKeep, UnsoundPeriod. Restrictions already decided on keep their date."""
    tenant_id = session.context.tenant_id
    policy = await session.store.load(RetentionPolicy, tenant_id, policy_id(tenant_id))
    policy.set_period(command.retention, command.years, command.source)
    period = policy.periods[command.retention]
    return await session.commit(policy, retention=command.retention, years=period.years, source=period.source)
