"""Asking for a code: to register, to sign in, or for another password. What is done never depends on who is there: what
was typed is kept, and that something was is recorded. Whose address it is, is looked up when the code is sent."""

from application.identity.doors import Doors, Visit
from application.identity.request_challenge import RequestChallenge
from application.ports.challenges import Asked
from domain.identity.email import normalised
from domain.identity.kinds import Purpose
from domain.identity.password import check_password


async def register(
    doors: Doors, visit: Visit, *, email: str, password: str, name: str, phone: str | None, locale: str | None
) -> None:
    """Ask for an account. Raises BadEmail, WeakPassword, PasswordsBusy."""
    address = normalised(email)
    check_password(password, address)
    hashed = await doors.passwords.hash(password)
    await _request(doors, visit, Purpose.REGISTER, Asked(address, name, phone, locale, hashed))


async def ask_to_sign_in(doors: Doors, visit: Visit, email: str) -> None:
    """Ask for a code to sign in with. Raises BadEmail."""
    await _request(doors, visit, Purpose.SIGN_IN, Asked(normalised(email)))


async def ask_to_reset(doors: Doors, visit: Visit, email: str) -> None:
    """Ask for a link to choose another password. Raises BadEmail."""
    await _request(doors, visit, Purpose.RESET_PASSWORD, Asked(normalised(email)))


async def _request(doors: Doors, visit: Visit, purpose: Purpose, asked: Asked) -> None:
    challenge_id = doors.new_id()
    await doors.challenges.ask(challenge_id, purpose, asked)
    await doors.act(RequestChallenge(challenge_id=challenge_id, purpose=purpose), visit)
