"""Subscribe a person to a plan."""

from uuid import UUID

from application.billing.change_settings import load_settings
from application.billing.contracts import commit_subscription
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.billing.plan import Plan
from domain.billing.refusals import AlreadySubscribed
from domain.billing.subscription import Subscription, one_per_person
from domain.kernel.ownership import Owned


class StartSubscription(Command, frozen=True, kw_only=True):
    """``zone``: IANA zone in which its days begin; the clinic's if absent."""

    person_id: UUID
    plan_id: UUID
    zone: str | None = None


@use_case(StartSubscription, "subscriptions:create")
async def handle(command: StartSubscription, session: Session) -> Outcome:
    """Raises NotFound, PlanUnavailable, AlreadySubscribed, UnknownZone."""
    context = session.context
    await session.guard(Owned(command.person_id), "person")
    plan = await session.load(Plan, command.plan_id)
    settings = await load_settings(session)
    subscription = Subscription(context.new_id())
    subscription.start(command.person_id, plan, command.zone or settings.zone, context.now)
    session.take(subscription.id, one_per_person(command.person_id))
    try:
        return await commit_subscription(session, subscription)
    except KeyTaken:
        raise AlreadySubscribed("This person has a running subscription here: end it first.") from None
