"""Letting someone in who proved who they are: a session, its tokens, and the roles held in one organisation."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from application.identity.doors import Doors, Visit
from application.identity.open_session import OpenSession
from application.ports.standings import Standing
from application.ports.tokens import AccessToken, Bearer, SignedIn
from domain.identity.kinds import Method, by_second_factor
from domain.kernel.errors import Kind, Refused


class NoStanding(Refused):
    """The user is nothing in this organisation, if there is one: nobody is told which are there."""

    code = "no-standing"
    kind = Kind.NOT_FOUND


class Admission(NamedTuple):
    """What someone who is let in is given. ``withheld``: roles that wait for a second factor."""

    session: SignedIn
    access: AccessToken
    refresh: str | None
    roles: frozenset[str]
    withheld: frozenset[str]


async def standing_in(doors: Doors, user_id: UUID, organization_id: UUID | None) -> Standing:
    """Return the user's standing. Raises NoStanding."""
    standing = await doors.standings.of(user_id, organization_id)
    if standing is None:
        raise NoStanding("You are not a member of this organisation.")
    return standing


async def admit(
    doors: Doors,
    visit: Visit,
    user_id: UUID,
    methods: Sequence[Method],
    organization_id: UUID | None = None,
    challenge_id: UUID | None = None,
    proven_at: datetime | None = None,
) -> Admission:
    """Open a session; return its tokens. ``proven_at``: when they proved it, unless now. Raises NoStanding."""
    standing = await standing_in(doors, user_id, organization_id)
    session = SignedIn(doors.new_id(), user_id, standing.organization_id, tuple(methods), proven_at or visit.now)
    command = OpenSession(
        session_id=session.session_id, user_id=user_id, organization_id=standing.organization_id,
        methods=session.methods, client=visit.client or None, address=visit.address or None, challenge_id=challenge_id,
    )  # fmt: skip
    await doors.act(command, visit, user_id)
    return grant(doors, session, standing, await doors.refresh_tokens.begin(session))


def grant(doors: Doors, session: SignedIn, standing: Standing, refresh: str | None) -> Admission:
    """Return a session's tokens, with the roles of a standing read before; some need a second factor."""
    needy = standing.roles & doors.second_factor_roles
    withheld = frozenset() if by_second_factor(session.methods) else needy
    roles = standing.roles - withheld
    bearer = Bearer(
        session.user_id, standing.organization_id, session.session_id, roles, session.methods,
        session.authenticated_at, standing.epoch,
    )  # fmt: skip
    return Admission(session, doors.access_tokens.sign(bearer, standing.until), refresh, roles, withheld)
