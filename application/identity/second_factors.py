"""Second factors: enrolled, confirmed, and asked for."""

from typing import NamedTuple
from uuid import UUID

from application.identity.doors import Doors, Visit
from application.identity.enrol_second_factor import EnrolSecondFactor
from application.identity.use_recovery_code import UseRecoveryCode
from application.ports.attempts import Origin
from domain.identity.kinds import Method
from domain.kernel.errors import IllegalTransition, Kind, Refused


class SecondFactorRequired(Refused):
    """The password is right; a code of the authenticator, or a recovery code, has to come with it."""

    code = "second-factor-required"
    kind = Kind.UNAUTHENTICATED


class SecondFactorRefused(Refused):
    """The code is wrong, or was used before."""

    code = "second-factor-refused"
    kind = Kind.UNAUTHENTICATED


class AlreadyEnrolled(IllegalTransition):
    """There is an authenticator already."""

    code = "second-factor-enrolled"


class Enrolment(NamedTuple):
    """What an authenticator has to be told: the secret, also as the URI of a QR code."""

    secret: str
    uri: str


async def check(doors: Doors, visit: Visit, user_id: UUID, code: str | None) -> Method:
    """Return by what the code proves who the user is. Raises SecondFactorRequired, SecondFactorRefused."""
    if not code:
        raise SecondFactorRequired("Add a code of your authenticator, or a recovery code.")
    known = await doors.credentials.authenticator(user_id)
    step = doors.authenticators.step(known.secret, code, visit.now) if known and known.confirmed else None
    if step is not None and await doors.credentials.take_step(user_id, step):
        return Method.TOTP
    left = await doors.credentials.use_recovery_code(user_id, doors.authenticators.digest(code))
    if left is None:
        raise SecondFactorRefused("This code is wrong, or was used before.")
    await doors.act(UseRecoveryCode(user_id=user_id, left=left), visit, user_id)
    return Method.RECOVERY_CODE


async def enrol(doors: Doors, user_id: UUID, account: str) -> Enrolment:
    """Begin: nothing is asked for until a code is shown. Raises AlreadyEnrolled."""
    secret = doors.authenticators.secret()
    if not await doors.credentials.begin_totp(user_id, secret):
        raise AlreadyEnrolled("There is an authenticator already.")
    return Enrolment(secret, doors.authenticators.uri(secret, account))


async def confirm(doors: Doors, visit: Visit, user_id: UUID, code: str) -> list[str]:
    """Let the authenticator count once a code of it is shown; return recovery codes, seen this once.

    Raises AlreadyEnrolled, SecondFactorRefused, TooManyAttempts.
    """
    origin = Origin(str(user_id), visit.address)
    await doors.attempts.begin(origin)
    known = await doors.credentials.authenticator(user_id)
    if known is not None and known.confirmed:
        raise AlreadyEnrolled("There is an authenticator already.")
    step = doors.authenticators.step(known.secret, code, visit.now) if known else None
    if step is None or not await doors.credentials.take_step(user_id, step):
        raise SecondFactorRefused("This is not a code of the authenticator that was begun with.")
    await doors.attempts.succeeded(origin)
    codes = doors.authenticators.recovery_codes()
    await doors.credentials.confirm_totp(user_id, [doors.authenticators.digest(each) for each in codes])
    await doors.act(EnrolSecondFactor(user_id=user_id, recovery_codes=len(codes)), visit, user_id)
    return codes
