"""Sessions and their chains of refresh tokens, as they should be; times in seconds since the run began."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from domain.identity.session import Session
from tests.properties.playing import Fact

LIFETIME, GRACE = 3600, 10


class Picture(NamedTuple):
    """What is known of a session, however one came to know it."""

    user: UUID
    clinic: UUID
    methods: tuple[str, ...]
    ended: bool


@dataclass
class Token:
    """A refresh token, by whom it was used and when, and what it was exchanged for."""

    text: str
    expires: int
    used_at: int | None = None
    presenter: str | None = None
    successor: str | None = None


@dataclass
class Family:
    """A session and its tokens, oldest first."""

    session: UUID
    user: UUID
    clinic: UUID
    methods: tuple[str, ...]
    began: int
    first: str
    ended: bool = False
    chain: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expires = self.began + LIFETIME
        self.chain.append(Token(self.first, self.expires))

    def alive(self, now: int) -> bool:
        return not self.ended and self.expires > now

    def present(self, token: Token, presenters: set[str], now: int) -> set[str]:
        """Return what whoever presents a token at the same moment may be told; what it ends is ended."""
        if self.ended or (token.used_at is None and token.expires <= now):
            return {"refused"}
        within = token.used_at is not None and now - token.used_at < GRACE
        again = within and token.presenter in presenters
        if len(presenters) == 1 and (token.used_at is None or again):
            return {"renewed"}
        self.ended = True
        return {"reused", "refused"} | ({"renewed"} if token.used_at is None or again else set())

    def extend(self, token: Token, successor: str, presenter: str, now: int) -> None:
        token.used_at, token.presenter, token.successor = now, presenter, successor
        self.expires = now + LIFETIME
        self.chain.append(Token(successor, self.expires))

    def picture(self) -> Picture:
        return Picture(self.user, self.clinic, self.methods, self.ended)


def told(facts: list[Fact]) -> Picture:
    """Work the picture out from what is stored, and from nothing else."""
    _, opened = facts[0]
    clinic, methods, ended = opened["organization_id"], list(opened["methods"]), False
    for what, fact in facts[1:]:
        if what == "moved":
            clinic = fact["organization_id"]
        if what == "stepped_up":
            methods += [method for method in fact["methods"] if method not in methods]
        ended = ended or what == "ended"
    return Picture(UUID(opened["user_id"]), UUID(clinic), tuple(methods), ended)


def seen(session: Session) -> Picture:
    """What the aggregate itself says."""
    methods = tuple(method.value for method in session.methods)
    return Picture(session.user_id, session.organization_id, methods, session.ended)
