"""The way in for people who are not signed in yet: ports that keep secrets, and commands in the door's own name."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Command, Dispatcher
from application.ports.accounts import Accounts
from application.ports.api_keys import ApiKeys
from application.ports.attempts import Attempts
from application.ports.authenticators import Authenticators
from application.ports.challenges import Challenges
from application.ports.credentials import Credentials
from application.ports.event_store import EventStore
from application.ports.heard import Heard
from application.ports.identity_provider import Providers
from application.ports.invitations import Invitations
from application.ports.links import Links
from application.ports.passwords import Passwords
from application.ports.standings import Standings
from application.ports.tokens import AccessTokens, RefreshTokens
from application.ports.trips import Trips
from domain.identity.platform import PLATFORM
from domain.kernel.ids import derived_id

ANONYMOUS = derived_id("actor", "anonymous")
FRONT_DOOR = frozenset({"front_door"})


class Visit(NamedTuple):
    """One request at the door: from where, with what, when, and under which ids."""

    address: str
    client: str
    now: datetime
    request_id: UUID
    correlation_id: UUID


class Doors(NamedTuple):
    """What signing in touches. ``second_factor_roles`` are held only by who showed a second factor.

    ``callback``: where identity providers send people back to.
    """

    dispatcher: Dispatcher
    store: EventStore
    accounts: Accounts
    attempts: Attempts
    challenges: Challenges
    credentials: Credentials
    authenticators: Authenticators
    passwords: Passwords
    refresh_tokens: RefreshTokens
    access_tokens: AccessTokens
    standings: Standings
    providers: Providers
    trips: Trips
    links: Links
    heard: Heard
    callback: str
    invitations: Invitations
    api_keys: ApiKeys
    second_factor_roles: frozenset[str]
    new_id: Callable[[], UUID]

    async def act(
        self, command: Command, visit: Visit, actor_id: UUID = ANONYMOUS, tenant_id: UUID = PLATFORM
    ) -> Outcome:
        """Run a command in the platform's tenant, or another, in the door's name for whoever stands there."""
        context = Context(
            caller=Caller(tenant_id, actor_id, FRONT_DOOR),
            command_id=self.new_id(),
            now=visit.now,
            new_id=self.new_id,
            correlation_id=visit.correlation_id,
            request_id=visit.request_id,
        )
        return await self.dispatcher.dispatch(command, context)
