"""What the use cases on subscriptions share: committing what was decided, and telling it."""

from application.kernel.context import Outcome
from application.kernel.session import Session
from domain.billing.subscription import Subscription, one_per_person


async def commit_subscription(session: Session, subscription: Subscription) -> Outcome:
    """Commit; a subscription that is over frees its person for another one."""
    if subscription.over and subscription.pending:
        session.release(subscription.id, one_per_person(subscription.person_id))
    return await session.commit(subscription, **figures(subscription))


def figures(subscription: Subscription) -> dict[str, object]:
    """Return what every command on a subscription answers."""
    quota, current = subscription.quota, subscription.current
    return {
        "status": subscription.status.value,
        "appointmentsUsed": quota.used,
        "appointmentsRemaining": quota.remaining,
        "isUnlimitedAppointments": quota.included is None,
        "currentPeriod": current.number,
        "currentPeriodStart": current.start.isoformat(),
        "currentPeriodEnd": current.end.isoformat(),
        "endsOn": subscription.ends_on.isoformat() if subscription.ends_on else None,
    }
