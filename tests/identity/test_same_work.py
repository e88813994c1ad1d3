"""What is done for an address does not depend on whose it is: the same calls, in the same order, on the same ports."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from application.identity import signing_in, signing_up
from application.identity.doors import Doors, Visit
from application.identity.register_user import RegisterUser
from application.identity.signing_in import SignInRefused, Typed
from domain.identity.kinds import Method
from domain.kernel.errors import Refused
from tests.api.house import House
from tests.api.people import someone

PORTS = ("dispatcher", "store", "accounts", "attempts", "challenges", "credentials", "passwords", "refresh_tokens",
         "access_tokens", "standings")  # fmt: skip
PASSWORD = "correct horse battery staple"
HERE = Visit("203.0.113.9", "a browser", datetime.now(UTC), uuid7(), uuid7())


class Overheard:
    """A port that notes what is asked of it, and asks the real one."""

    def __init__(self, name: str, port: Any, calls: list[str]) -> None:
        self._name, self._port, self._calls = name, port, calls

    def __getattr__(self, method: str) -> Any:
        self._calls.append(f"{self._name}.{method}")
        return getattr(self._port, method)


def overheard(doors: Doors) -> tuple[Doors, list[str]]:
    calls: list[str] = []
    listening: dict[str, Any] = {name: Overheard(name, getattr(doors, name), calls) for name in PORTS}
    return doors._replace(**listening), calls


Ask = Callable[[Doors, str], Awaitable[Any]]
ASKED: dict[str, Ask] = {
    "log-in": lambda doors, email: signing_in.by_password(doors, HERE, Typed(email, "not the password")),
    "code": lambda doors, email: signing_in.by_code(doors, HERE, Typed(email, "000000")),
    "registration": lambda doors, email: signing_up.register(
        doors, HERE, email=email, password=PASSWORD, name="Ana", phone=None, locale=None
    ),
    "another password": lambda doors, email: signing_up.ask_to_reset(doors, HERE, email),
    "one-time code": lambda doors, email: signing_up.ask_to_sign_in(doors, HERE, email),
}


async def has_account(house: House) -> str:
    """Return the address of an account, made without the detour of a code."""
    email, doors = someone(), house.services.identity.doors
    command = RegisterUser(
        email_key=await doors.accounts.key(email), email=email, name="Ana", phone=None, locale=None,
        method=Method.EMAIL_CODE,
    )  # fmt: skip
    made = await doors.act(command, HERE)
    await doors.credentials.set_password(made.id, await doors.passwords.hash(PASSWORD))
    return email


class TestSameWork:
    @pytest.mark.parametrize("name", ASKED)
    @pytest.mark.requirement("R482")
    async def test_is_done_for_an_address_that_has_an_account_and_for_one_that_has_none(
        self, house: House, name: str
    ) -> None:
        done = []
        for email in (await has_account(house), someone()):
            doors, calls = overheard(house.services.identity.doors)
            refusal = None
            try:
                await ASKED[name](doors, email)
            except Refused as refused:
                refusal = (refused.code, refused.message, refused.details)
            done.append((calls, refusal))
        assert done[0] == done[1]
        assert done[0][0]

    async def test_is_not_done_where_the_password_is_right(self, house: House) -> None:
        email = await has_account(house)
        doors, right = overheard(house.services.identity.doors)
        await signing_in.by_password(doors, HERE, Typed(email, PASSWORD))
        doors, wrong = overheard(house.services.identity.doors)
        with pytest.raises(SignInRefused):
            await signing_in.by_password(doors, HERE, Typed(email, "not the password"))
        assert right != wrong, "what is overheard tells one way from another"
