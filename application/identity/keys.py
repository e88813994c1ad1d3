"""API keys beyond their events: secrets handed out once, and who it is that presents one."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from application.identity.create_api_key import CreateApiKey
from application.identity.doors import Doors
from application.identity.rotate_api_key import RotateApiKey
from application.kernel.context import Caller, Outcome
from application.ports.api_keys import Owned
from application.ports.tokens import NotAuthenticated
from domain.identity.api_key import LONGEST, ApiKey
from domain.identity.kinds import Method
from domain.kernel.errors import Refused

Run = Callable[[CreateApiKey | RotateApiKey], Awaitable[Outcome]]


class Wish(NamedTuple):
    """What a new key shall be."""

    name: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    days: int


class HandedOut(NamedTuple):
    """``secret``: to be shown this once; None when the request was a repetition, and it was shown before."""

    outcome: Outcome
    secret: str | None


async def create(doors: Doors, organization_id: UUID, now: datetime, run: Run, wish: Wish) -> HandedOut:
    """Make a key with its first secret. Raises NameTaken, UnknownRole, BeyondOwnRoles, Invalid, NotFound."""
    key_id = doors.new_id()

    def command(credential_id: UUID, prefix: str) -> CreateApiKey:
        return CreateApiKey(key_id=key_id, credential_id=credential_id, prefix=prefix, **wish._asdict())

    return await _handed_out(doors, Owned(organization_id, key_id, doors.new_id()), now, run, command)


async def rotate(doors: Doors, organization_id: UUID, now: datetime, run: Run, key_id: UUID, days: int) -> HandedOut:
    """Give a key another secret. Raises NotFound, ApiKeyOver, TwoSecretsAlive, BeyondOwnRoles, Invalid."""

    def command(credential_id: UUID, prefix: str) -> RotateApiKey:
        return RotateApiKey(key_id=key_id, days=days, credential_id=credential_id, prefix=prefix)

    return await _handed_out(doors, Owned(organization_id, key_id, doors.new_id()), now, run, command)


async def recognised(doors: Doors, text: str, now: datetime) -> Caller:
    """Return the program that presents a secret: it may do what the key says and its owner still may.

    Raises NotAuthenticated.
    """
    owned = await doors.api_keys.find(text)
    if owned is None:
        raise _unknown()
    key = await doors.store.load(ApiKey, owned.organization_id, owned.key_id)
    if owned.credential_id not in key.alive(now):
        raise _unknown()
    standing = await doors.standings.of(key.owner_id, owned.organization_id)
    if standing is None:
        raise _unknown()
    return Caller(
        owned.organization_id, key.id, standing.roles & frozenset(key.roles), on_behalf_of=key.owner_id,
        methods=(Method.API_KEY,), scopes=frozenset(key.scopes),
    )  # fmt: skip


async def _handed_out(
    doors: Doors, owned: Owned, now: datetime, run: Run, command: Callable[[UUID, str], CreateApiKey | RotateApiKey]
) -> HandedOut:
    """The hash is kept first: what the events then do not say opens nothing."""
    secret = doors.api_keys.secret()
    await doors.api_keys.keep(owned, secret.text, now + LONGEST + timedelta(days=1))
    try:
        outcome = await run(command(owned.credential_id, secret.prefix))
    except Refused:
        await doors.api_keys.forget(secret.text)
        raise
    if outcome.answer.get("credentialId") == str(owned.credential_id):
        return HandedOut(outcome, secret.text)
    await doors.api_keys.forget(secret.text)
    return HandedOut(outcome, None)


def _unknown() -> NotAuthenticated:
    return NotAuthenticated("This API key opens nothing (any more).")
