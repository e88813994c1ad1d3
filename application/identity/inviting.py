"""Invitations beyond their events: the link that goes to an address, and who may answer it. Whether the address has an
account is never looked at before somebody who holds the link has signed in."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from application.identity.accept_invitation import AcceptInvitation
from application.identity.doors import Doors, Visit
from application.identity.end_invitation import DeclineInvitation, RevokeInvitation
from application.identity.invite_member import InviteMember
from application.kernel.context import Outcome
from application.ports.invitations import Kept
from domain.identity.email import normalised
from domain.identity.invitation import LIFE, Invitation, InvitationOver
from domain.identity.kinds import InvitationEnd
from domain.identity.organization import Organization
from domain.identity.platform import PLATFORM
from domain.kernel.errors import Kind, NotFound, Refused

Run = Callable[[InviteMember | RevokeInvitation], Awaitable[Outcome]]


class InvitedAnother(Refused):
    """The link went to another address than that of the account."""

    code = "invited-another"
    kind = Kind.FORBIDDEN


class Shown(NamedTuple):
    """What the bearer of a link sees of it."""

    invitation: Invitation
    organization: Organization

    def ended(self, now: datetime) -> InvitationEnd | None:
        """Return how it ended, once it has."""
        return self.invitation.how or (None if self.invitation.open(now) else InvitationEnd.EXPIRED)


async def invite(
    doors: Doors, visit: Visit, organization_id: UUID, run: Run, *, email: str, roles: Sequence[str]
) -> Outcome:
    """Ask someone to join. Raises BadEmail, AlreadyInvited, UnknownRole, BeyondOwnRoles, NotFound."""
    address = normalised(email)
    kept = Kept(doors.new_id(), organization_id, await doors.accounts.key(address))
    await doors.invitations.keep(kept, visit.now + LIFE)
    command = InviteMember(
        invitation_id=kept.invitation_id, account=kept.account, email=address, roles=tuple(roles)
    )  # fmt: skip
    try:
        outcome = await run(command)
    except Refused:
        await doors.invitations.forget(kept.invitation_id)
        raise
    if outcome.id != kept.invitation_id:  # a repetition of a command that was answered before
        await doors.invitations.forget(kept.invitation_id)
    return outcome


async def look(doors: Doors, secret: str) -> Shown:
    """Show the bearer of a link what it is for, also when it is over. Raises InvitationOver."""
    kept = await _found(doors, secret)
    invitation = await doors.store.load(Invitation, kept.organization_id, kept.invitation_id)
    organization = await doors.store.load(Organization, kept.organization_id, kept.organization_id)
    if not invitation.version or not organization.version:
        raise _over()
    return Shown(invitation, organization)


async def accept(doors: Doors, visit: Visit, user_id: UUID, secret: str) -> Outcome:
    """Let the user join whose account has the address. Raises InvitationOver, InvitedAnother, AlreadyMember."""
    kept = await _found(doors, secret)
    if (await doors.store.holders(PLATFORM, [kept.account])).get(kept.account) != user_id:
        raise InvitedAnother("Sign in with the account that has the address this was sent to.")
    command = AcceptInvitation(invitation_id=kept.invitation_id, account=kept.account)
    outcome = await doors.act(command, visit, user_id, kept.organization_id)
    await doors.invitations.forget(kept.invitation_id)
    return outcome


async def decline(doors: Doors, visit: Visit, secret: str) -> None:
    """Say no. Raises InvitationOver."""
    kept = await _found(doors, secret)
    command = DeclineInvitation(invitation_id=kept.invitation_id, account=kept.account)
    await doors.act(command, visit, tenant_id=kept.organization_id)
    await doors.invitations.forget(kept.invitation_id)


async def revoke(doors: Doors, organization_id: UUID, invitation_id: UUID, run: Run) -> Outcome:
    """Take an invitation back. Raises NotFound, InvitationOver."""
    kept = await doors.invitations.of(invitation_id)
    if kept is None or kept.organization_id != organization_id:
        found = await doors.store.load(Invitation, organization_id, invitation_id)
        raise _over() if found.version else NotFound("There is no such invitation here.", id=str(invitation_id))
    outcome = await run(RevokeInvitation(invitation_id=invitation_id, account=kept.account))
    await doors.invitations.forget(invitation_id)
    return outcome


async def _found(doors: Doors, secret: str) -> Kept:
    kept = await doors.invitations.find(secret)
    if kept is None:
        raise _over()
    return kept


def _over() -> InvitationOver:
    return InvitationOver("This invitation is over: ask for another.")
