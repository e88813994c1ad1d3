"""Who asks, for whom, when, and under which command: what every command carries and every event remembers."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec


class Caller(msgspec.Struct, frozen=True):
    """An authenticated actor in one tenant, with the roles held there. ``purpose`` is a purpose of use (HL7 v3).

    ``authenticated_at``: when the actor last proved who they are, and ``methods`` how; ``scopes`` narrow what the
    roles allow (none: nothing is narrowed); ``session_id``: the session the actor is signed in with; ``delegated``:
    what the person they stand in for (``on_behalf_of``) lets them see.
    """

    tenant_id: UUID
    actor_id: UUID
    roles: frozenset[str]
    on_behalf_of: UUID | None = None
    purpose: str | None = None
    authenticated_at: datetime | None = None
    methods: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    session_id: UUID | None = None
    delegated: frozenset[str] = frozenset()


class Context(msgspec.Struct, frozen=True):
    """One command's circumstances. ``command_id`` is the command's identity: repeated, it happens once.

    ``correlation_id`` names all that follows from one cause, ``request_id`` the one request behind the command, if any.
    ``request_hash`` tells a repetition from another request under the same key; ``expected_version`` is If-Match.
    """

    caller: Caller
    command_id: UUID
    now: datetime
    new_id: Callable[[], UUID]
    correlation_id: UUID
    causation_id: UUID | None = None
    request_hash: bytes = b""
    repeatable: bool = False
    expected_version: int | None = None
    request_id: UUID | None = None

    @property
    def tenant_id(self) -> UUID:
        """The tenant everything this command touches belongs to."""
        return self.caller.tenant_id


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a command did: the stream, its version and the last position now; ``answer`` is told to the caller.

    ``answer`` holds ids, states and figures, never personal data: it is stored with the command. ``repeated``: it was
    done before, and this is what came of it then.
    """

    id: UUID
    version: int
    position: int
    answer: dict[str, object]
    repeated: bool = False
