"""One-time codes: who typed which address (sealed), what was sent there (hashed), and how often it was guessed at."""

from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from domain.identity.kinds import Purpose


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What someone typed when they asked for a code; what a registration needs stands here until it is confirmed."""

    email: str
    name: str = ""
    phone: str | None = None
    locale: str | None = None
    password: str | None = None  # its hash


class Answered(NamedTuple):
    """A challenge whose code was given back, and what had been typed."""

    challenge_id: UUID
    purpose: Purpose
    asked: Asked


class Challenges(Protocol):
    """Port to the one-time codes."""

    async def ask(self, challenge_id: UUID, purpose: Purpose, asked: Asked) -> None:
        """Keep a request for a code; it takes the place of earlier ones for the same address and purpose."""
        ...

    async def asked(self, challenge_id: UUID) -> Asked | None:
        """Return what was typed; None when the challenge is over."""
        ...

    async def issue(self, challenge_id: UUID) -> str | None:
        """Return the code to send, the same however often it is asked for, and keep its hash; None: it is over."""
        ...

    async def answer(self, email: str, code: str) -> Answered | None:
        """Compare with the code sent to an address to register or sign in; None: wrong, over or tried too often."""
        ...

    async def answer_link(self, secret: str) -> Answered | None:
        """Compare with the secret of a link to reset a password; None when it is none or over."""
        ...

    async def close(self, challenge_id: UUID) -> bool:
        """Use the code up; False when somebody else just did."""
        ...
