"""Staying signed in: tokens renewed, and a user who proves once more who they are."""

from uuid import UUID

from application.identity import second_factors
from application.identity.admission import Admission, grant, standing_in
from application.identity.doors import Doors, Visit
from application.identity.end_sessions import EndSessions
from application.identity.move_session import MoveSession
from application.identity.signing_in import SignInRefused
from application.identity.step_up_session import StepUpSession
from application.ports.attempts import Origin
from application.ports.passwords import PasswordsBusy
from application.ports.tokens import RefreshRefused, SignedIn
from domain.identity.kinds import Method, SessionEnd
from domain.identity.session import SessionOver


async def renew(doors: Doors, visit: Visit, token: str, organization_id: UUID | None = None) -> Admission:
    """Return new tokens for a refresh token, also to act in another organisation. Raises RefreshRefused, NoStanding.

    A token used before ends its session: either it or its successor is in the wrong hands. One whose bearer is nothing
    in the organisation is not used up: it may still be presented for another.
    """
    known = await doors.refresh_tokens.session_of(token)
    if known is not None:
        await standing_in(doors, known.user_id, organization_id or known.organization_id)
    renewed = await doors.refresh_tokens.renew(token, visit.client)
    session = renewed.session
    if renewed.token is None:
        ended = EndSessions(
            user_id=session.user_id, session_ids=(session.session_id,), reason=SessionEnd.REFRESH_REUSED
        )
        await doors.act(ended, visit, session.user_id)
        raise RefreshRefused("This session is over: sign in again.")
    if organization_id is not None:
        session = await _moved(doors, visit, session, organization_id)
    standing = await standing_in(doors, session.user_id, session.organization_id)
    return grant(doors, session, standing, renewed.token)


async def switch(doors: Doors, visit: Visit, user_id: UUID, session_id: UUID, organization_id: UUID) -> Admission:
    """Return an access token for another of the user's organisations. Raises NoStanding, SessionOver."""
    standing = await standing_in(doors, user_id, organization_id)
    session = await doors.refresh_tokens.move(session_id, organization_id)
    if session is None:
        raise SessionOver("This session has ended: sign in again.")
    await doors.act(MoveSession(session_id=session_id, organization_id=organization_id), visit, user_id)
    return grant(doors, session, standing, None)


async def _moved(doors: Doors, visit: Visit, session: SignedIn, organization_id: UUID) -> SignedIn:
    if session.organization_id == organization_id:
        return session
    await doors.refresh_tokens.move(session.session_id, organization_id)
    command = MoveSession(session_id=session.session_id, organization_id=organization_id)
    await doors.act(command, visit, session.user_id)
    return session._replace(organization_id=organization_id)


async def prove(doors: Doors, visit: Visit, user_id: UUID, password: str) -> None:
    """Compare the user's own password. Raises SignInRefused, TooManyAttempts, PasswordsBusy."""
    origin = Origin(str(user_id), visit.address)
    await doors.attempts.begin(origin)
    credential = await doors.credentials.of(user_id)
    try:
        checked = await doors.passwords.check(password, credential.password)
    except PasswordsBusy:
        await doors.attempts.not_made(origin)
        raise
    if not checked.right:
        raise SignInRefused("This is not your password.")
    await doors.attempts.succeeded(origin)


async def step_up(
    doors: Doors, visit: Visit, user_id: UUID, session_id: UUID, *, password: str | None, code: str | None
) -> Admission:
    """Prove once more who one is: by a code where there is an authenticator, else by the password."""
    methods: list[Method] = []
    if password is not None:
        await prove(doors, visit, user_id, password)
        methods.append(Method.PASSWORD)
    if code is not None or (await doors.credentials.of(user_id)).totp or not methods:
        origin = Origin(str(user_id), visit.address)
        await doors.attempts.begin(origin)
        methods.append(await second_factors.check(doors, visit, user_id, code))
        await doors.attempts.succeeded(origin)
    return await proven(doors, visit, user_id, session_id, methods)


async def proven(doors: Doors, visit: Visit, user_id: UUID, session_id: UUID, methods: list[Method]) -> Admission:
    """Note a proof in the session; return an access token that says so. Raises SessionOver."""
    await doors.act(StepUpSession(session_id=session_id, methods=tuple(methods)), visit, user_id)
    session = await doors.refresh_tokens.proven(session_id, methods, visit.now)
    if session is None:
        raise SessionOver("This session has ended: sign in again.")
    standing = await standing_in(doors, user_id, session.organization_id)
    return grant(doors, session, standing, None)
