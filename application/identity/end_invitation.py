"""End an invitation that nobody accepts: declined by whom it went to, taken back, or too old."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.invitation import SCOPE, Invitation
from domain.identity.kinds import InvitationEnd
from domain.kernel.unique import UniqueKey


class RevokeInvitation(Command, frozen=True, kw_only=True):
    """Take it back. ``account``: the unique key of the address, which may be invited again."""

    invitation_id: UUID
    account: UniqueKey


class DeclineInvitation(Command, frozen=True, kw_only=True):
    """Say no, by the link alone."""

    invitation_id: UUID
    account: UniqueKey


class ExpireInvitation(Command, frozen=True, kw_only=True):
    """Its time was up ``at``; this writes that down."""

    invitation_id: UUID
    account: UniqueKey
    at: datetime


@use_case(RevokeInvitation, "invitations:revoke")
async def handle(command: RevokeInvitation, session: Session) -> Outcome:
    """Raises NotFound, InvitationOver."""
    invitation = await session.load(Invitation, command.invitation_id)
    invitation.end(InvitationEnd.REVOKED, now=session.context.now, by=session.context.caller.actor_id)
    return await _released(session, invitation, command.account)


@use_case(DeclineInvitation, "invitations:answer")
async def decline(command: DeclineInvitation, session: Session) -> Outcome:
    """Raises NotFound, InvitationOver."""
    invitation = await session.load(Invitation, command.invitation_id)
    invitation.end(InvitationEnd.DECLINED, now=session.context.now)
    return await _released(session, invitation, command.account)


@use_case(ExpireInvitation, "invitations:expire")
async def expire(command: ExpireInvitation, session: Session) -> Outcome:
    """Does nothing before its time, or when it has ended. Raises NotFound."""
    invitation = await session.load(Invitation, command.invitation_id)
    invitation.expire(max(session.context.now, command.at))
    return await _released(session, invitation, command.account)


async def _released(session: Session, invitation: Invitation, account: UniqueKey) -> Outcome:
    if invitation.pending:
        session.release(invitation.id, UniqueKey(SCOPE, account.key))
    return await session.commit(invitation, how=invitation.how)
