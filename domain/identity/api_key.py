"""An API key: a program that acts for an organisation. It has one secret, or two for as long as one takes over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from domain.identity.events import ApiKeyCreated, ApiKeyReminded, ApiKeyRevoked, ApiKeyRotated
from domain.identity.giving import known
from domain.identity.scopes import read
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.unique import UniqueKey

USUAL, LONGEST = timedelta(days=90), timedelta(days=366)
#: How long the secret before the newest one lasts at most, and how old the newest may be before its owner is reminded.
GRACE, OLD = timedelta(days=7), timedelta(days=30)
MOST = 2


class ApiKeyOver(IllegalTransition):
    """The key is revoked."""

    code = "api-key-revoked"


class NameTaken(IllegalTransition):
    """Another key of the organisation has this name."""

    code = "api-key-name-taken"


class UnknownScope(Invalid):
    """Not a SMART scope: it would open nothing."""

    code = "unknown-scope"


class TwoSecretsAlive(IllegalTransition):
    """The secret before the last is still alive."""

    code = "two-secrets-alive"


def name_key(name: str) -> UniqueKey:
    """Return the key that a name holds within an organisation, until the API key is revoked."""
    return UniqueKey("api-key-name", name)


class ApiKey(Aggregate):
    """``secrets``: until when each lasts, the newest last. ``roles`` are its owner's, ``scopes`` narrow them."""

    NAME: ClassVar[str] = "API key"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.owner_id: UUID
        self.name: str
        self.roles: tuple[str, ...] = ()
        self.scopes: tuple[str, ...] = ()
        self.secrets: dict[UUID, datetime] = {}
        self.revoked = False

    def create(
        self,
        *,
        organization_id: UUID,
        owner_id: UUID,
        name: str,
        roles: Sequence[str],
        scopes: Sequence[str],
        credential_id: UUID,
        prefix: str,
        now: datetime,
        length: timedelta = USUAL,
    ) -> None:
        """Begin with one secret. Raises IllegalTransition, UnknownRole, UnknownScope, Invalid."""
        if self.version:
            raise IllegalTransition("This API key is there already.", id=str(self.id))
        if strange := [scope for scope in scopes if read(scope) is None]:
            raise UnknownScope("A scope reads as user/Appointment.rs or system/*.cruds.", scopes=strange)
        self.record(
            ApiKeyCreated(
                key_id=self.id, organization_id=organization_id, owner_id=owner_id, name=name, roles=known(roles),
                scopes=tuple(dict.fromkeys(scopes)), credential_id=credential_id, prefix=prefix,
                expires_at=_end(now, length),
            )
        )  # fmt: skip

    def rotate(
        self, *, credential_id: UUID, prefix: str, rotated_by: UUID, now: datetime, length: timedelta = USUAL
    ) -> None:
        """Add a secret; the one before it lasts a week more at most. Raises ApiKeyOver, TwoSecretsAlive, Invalid."""
        self._open()
        if len(self.alive(now)) >= MOST:
            raise TwoSecretsAlive("Two secrets are alive: wait until the older one ends, or revoke the key.")
        previous, until = list(self.secrets.items())[-1]
        self.record(
            ApiKeyRotated(
                key_id=self.id, credential_id=credential_id, prefix=prefix, expires_at=_end(now, length),
                previous_id=previous, previous_until=min(until, now + GRACE), rotated_by=rotated_by,
            )
        )  # fmt: skip

    def remind(self, credential_id: UUID, due_at: datetime) -> None:
        """Note a reminder that the newest secret is old. For another, or one that is not alive, nothing happens."""
        if credential_id == self.newest and credential_id in self.alive(due_at):
            self.record(ApiKeyReminded(key_id=self.id, credential_id=credential_id, due_at=due_at))

    def revoke(self, by: UUID) -> None:
        """Let none of its secrets open anything any more. Raises ApiKeyOver."""
        self._open()
        self.record(ApiKeyRevoked(key_id=self.id, revoked_by=by))

    @evolves
    def _on_created(self, event: ApiKeyCreated) -> None:
        self.owner_id = event.owner_id
        self.name = event.name
        self.roles = event.roles
        self.scopes = event.scopes
        self.secrets[event.credential_id] = event.expires_at

    @evolves
    def _on_rotated(self, event: ApiKeyRotated) -> None:
        self.secrets = {event.previous_id: event.previous_until, event.credential_id: event.expires_at}

    @evolves
    def _on_reminded(self, event: ApiKeyReminded) -> None: ...

    @evolves
    def _on_revoked(self, event: ApiKeyRevoked) -> None:
        self.revoked = True

    def alive(self, now: datetime) -> frozenset[UUID]:
        """Return the secrets that open something at ``now``."""
        return frozenset(each for each, until in self.secrets.items() if now < until and not self.revoked)

    @property
    def newest(self) -> UUID:
        """The secret added last."""
        return next(reversed(self.secrets))

    def _open(self) -> None:
        if self.revoked:
            raise ApiKeyOver("This API key is revoked: create another.", id=str(self.id))


def _end(now: datetime, length: timedelta) -> datetime:
    if not timedelta(days=1) <= length <= LONGEST:
        raise Invalid("A secret lasts from a day to a year.", field="days")
    return now + length
