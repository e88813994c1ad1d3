"""Let somebody of one's family see something, and take it back."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.delegations import Delegation, Delegations, delegations_id
from domain.kernel.ownership import Owned


class GrantDelegation(Command, frozen=True, kw_only=True):
    """What ``delegate_id`` may see of ``person_id``, as a whole."""

    person_id: UUID
    delegate_id: UUID
    delegation: Delegation


class EndDelegation(Command, frozen=True, kw_only=True):
    """They may see nothing any more."""

    person_id: UUID
    delegate_id: UUID


@use_case(GrantDelegation, "delegations:create")
async def grant(command: GrantDelegation, session: Session) -> Outcome:
    """Raises UnsoundDelegation."""
    given = await _delegations(session, command.person_id)
    given.grant(command.person_id, command.delegate_id, command.delegation, session.context.now)
    return await session.commit(given, delegateId=str(command.delegate_id))


@use_case(EndDelegation, "delegations:end")
async def end(command: EndDelegation, session: Session) -> Outcome:
    """Raises NotFound."""
    given = await _delegations(session, command.person_id)
    given.end(command.delegate_id)
    return await session.commit(given, delegateId=str(command.delegate_id))


async def _delegations(session: Session, person_id: UUID) -> Delegations:
    await session.guard(Owned(person_id), Delegations.NAME)
    tenant_id = session.context.tenant_id
    return await session.store.load(Delegations, tenant_id, delegations_id(tenant_id, person_id))
