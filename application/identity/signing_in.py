"""Signing in: by password, or by a code that was sent; each with a second factor where the account has one."""

from typing import NamedTuple
from uuid import UUID

from application.identity import second_factors
from application.identity.admission import Admission, admit
from application.identity.doors import Doors, Visit
from application.identity.register_user import RegisterUser
from application.ports.attempts import Origin
from application.ports.challenges import Answered
from application.ports.passwords import PasswordsBusy
from domain.identity.email import normalised
from domain.identity.kinds import Method, Purpose
from domain.identity.user import AlreadyRegistered
from domain.kernel.errors import Kind, Refused

#: Whose credentials are read where nobody has the address: nobody's, and just as slowly.
NOBODY = UUID(int=0)


class SignInRefused(Refused):
    """No account has this address and this password; which of the two it is, is not said."""

    code = "sign-in-refused"
    kind = Kind.UNAUTHENTICATED


class CodeRefused(Refused):
    """The code is wrong, too old, or was tried too often."""

    code = "code-refused"
    kind = Kind.UNAUTHENTICATED


class Typed(NamedTuple):
    """What came with the address: a password or a code that was sent, and a second factor."""

    email: str
    secret: str
    second_factor: str | None = None
    organization_id: UUID | None = None


async def by_password(doors: Doors, visit: Visit, typed: Typed) -> Admission:
    """Sign in. Raises SignInRefused, SecondFactorRequired, SecondFactorRefused, TooManyAttempts, PasswordsBusy."""
    origin = Origin(normalised(typed.email), visit.address)
    await doors.attempts.begin(origin)
    user_id = await doors.accounts.holder(origin.email)
    credential = await doors.credentials.of(user_id or NOBODY)
    try:
        checked = await doors.passwords.check(typed.secret, credential.password)
    except PasswordsBusy:
        await doors.attempts.not_made(origin)
        raise
    if user_id is None or not checked.right:
        raise SignInRefused("There is no account with this address and this password.")
    methods = [Method.PASSWORD]
    if credential.totp:
        methods.append(await second_factors.check(doors, visit, user_id, typed.second_factor))
    await doors.attempts.succeeded(origin)
    if checked.upgraded is not None and credential.password is not None:
        await doors.credentials.upgrade_password(user_id, credential.password, checked.upgraded)
    return await admit(doors, visit, user_id, methods, typed.organization_id)


async def by_code(doors: Doors, visit: Visit, typed: Typed) -> Admission:
    """Sign in by a code that was sent, and register first where it was sent for that. Raises CodeRefused."""
    origin = Origin(normalised(typed.email), visit.address)
    await doors.attempts.begin(origin)
    answered = await doors.challenges.answer(origin.email, typed.secret)
    if answered is None:
        raise _refused()
    if answered.purpose is Purpose.REGISTER:
        return await _registered(doors, visit, origin, answered)
    user_id = await doors.accounts.holder(origin.email)
    if user_id is None:
        raise _refused()
    methods = [Method.EMAIL_CODE]
    if (await doors.credentials.of(user_id)).totp:
        methods.append(await second_factors.check(doors, visit, user_id, typed.second_factor))
    await _close(doors, answered)
    await doors.attempts.succeeded(origin)
    return await admit(doors, visit, user_id, methods, typed.organization_id, answered.challenge_id)


async def _registered(doors: Doors, visit: Visit, origin: Origin, answered: Answered) -> Admission:
    """The account begins, and then its password holds: without one it would still be there to choose another for."""
    await _close(doors, answered)
    await doors.attempts.succeeded(origin)
    asked = answered.asked
    command = RegisterUser(
        email_key=await doors.accounts.key(asked.email), email=asked.email, name=asked.name, phone=asked.phone,
        locale=asked.locale, method=Method.EMAIL_CODE, challenge_id=answered.challenge_id,
    )  # fmt: skip
    try:
        outcome = await doors.act(command, visit)
    except AlreadyRegistered as already:
        raise _refused() from already
    if asked.password is not None:
        await doors.credentials.set_password(outcome.id, asked.password)
    return await admit(doors, visit, outcome.id, [Method.EMAIL_CODE])


async def _close(doors: Doors, answered: Answered) -> None:
    if not await doors.challenges.close(answered.challenge_id):
        raise _refused()


def _refused() -> CodeRefused:
    return CodeRefused("This code is wrong, too old, or was tried too often: ask for another.")
