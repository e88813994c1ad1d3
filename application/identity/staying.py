"""Staying signed in: tokens renewed, and a user who proves once more who they are."""

from uuid import UUID

from application.identity import second_factors
from application.identity.admission import Admission, grant, standing_in
from application.identity.doors import Doors, Visit
from application.identity.end_sessions import EndSessions
from application.identity.signing_in import SignInRefused
from application.identity.step_up_session import StepUpSession
from application.ports.attempts import Origin
from application.ports.passwords import PasswordsBusy
from application.ports.tokens import RefreshRefused
from domain.identity.kinds import Method, SessionEnd
from domain.identity.session import SessionOver


async def renew(doors: Doors, visit: Visit, token: str, organization_id: UUID | None = None) -> Admission:
    """Return new tokens for a refresh token, also to act in another organisation. Raises RefreshRefused, NoStanding.

    A token used before ends its session: either it or its successor is in the wrong hands.
    """
    renewed = await doors.refresh_tokens.renew(token, visit.client, organization_id)
    session = renewed.session
    if renewed.token is None:
        ended = EndSessions(
            user_id=session.user_id, session_ids=(session.session_id,), reason=SessionEnd.REFRESH_REUSED
        )
        await doors.act(ended, visit, session.user_id)
        raise RefreshRefused("This session is over: sign in again.")
    standing = await standing_in(doors, session.user_id, organization_id or session.organization_id)
    return grant(doors, session, standing, renewed.token)


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
