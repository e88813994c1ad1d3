"""Break the glass: open one person's chart to oneself, in an emergency."""

from datetime import timedelta
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken, VersionConflict
from domain.access.break_glass import BreakGlass, slots
from domain.access.events import GlassReason
from domain.kernel.errors import IllegalTransition


class TooManyGlasses(IllegalTransition):
    """The caller holds as many emergency accesses as anyone can overlook."""

    code = "too-many-emergency-accesses"


class OpenBreakGlass(Command, frozen=True, kw_only=True):
    """For ``minutes``, to the chart of ``patient_id``."""

    patient_id: UUID
    code: GlassReason
    reason: str
    minutes: int = 60


@use_case(OpenBreakGlass, "break-glass:use")
async def handle(command: OpenBreakGlass, session: Session) -> Outcome:
    """What is appended owes the privacy officer a notice and a review. Raises StepUpRequired, TooManyGlasses."""
    context = session.context
    keys = slots(context.caller.actor_id)
    held = await session.store.holders(context.tenant_id, keys)
    free = next((slot for slot, key in enumerate(keys) if key not in held), None)
    if free is None:
        raise TooManyGlasses("Close an emergency access before you open another.", most=len(keys))
    glass = BreakGlass(context.new_id())
    glass.open(
        patient_id=command.patient_id,
        actor=context.caller.actor_id,
        slot=free,
        code=command.code,
        reason=command.reason,
        authenticated_at=context.caller.authenticated_at,
        now=context.now,
        length=timedelta(minutes=command.minutes),
    )
    session.take(glass.id, glass.key)
    try:
        return await session.commit(glass, patientId=str(glass.patient_id), expiresAt=glass.expires_at.isoformat())
    except KeyTaken as taken:
        raise VersionConflict("You opened another at the same moment.", id=str(glass.id)) from taken
