"""Ways in which a provider's answers can be wrong, each as a change to an honest stand-in."""

import time
from collections.abc import Callable
from typing import Any

from tests.federation.stand_in import DETAILS, LATE_SECONDS, Answer, StandIn, as_json

Lie = Callable[[StandIn], object]


def after(seconds: int) -> Callable[[], int]:
    """A time so long from when the test runs."""
    return lambda: int(time.time()) + seconds


def claims(**other: Any) -> Lie:
    """The token claims otherwise."""
    return lambda stand_in: stand_in.claims.update({n: v() if callable(v) else v for n, v in other.items()})


def header(**other: Any) -> Lie:
    """The token's header says otherwise."""
    return lambda stand_in: stand_in.header.update(other)


def document(**other: str) -> Lie:
    """Discovery says otherwise; ``{}`` stands for the issuer."""
    return lambda stand_in: stand_in.document.update({n: v.format(stand_in.issuer) for n, v in other.items()})


def tokens(**other: Any) -> Lie:
    """The token endpoint says otherwise."""
    return lambda stand_in: stand_in.tokens.update(other)


def keys(*shown: dict[str, Any]) -> Lie:
    """These are the keys that are shown."""
    return lambda stand_in: setattr(stand_in, "keys", list(shown))


def signed(key: Any, algorithm: str, *shown: dict[str, Any]) -> Lie:
    """Another key signs, and others are shown."""

    def change(stand_in: StandIn) -> None:
        stand_in.key, stand_in.algorithm, stand_in.keys = key, algorithm, list(shown)

    return change


def says(path: str, status: int, content: bytes, kind: str = "application/json", **headers: str) -> Lie:
    """One path answers like this."""
    answer: Answer = status, {"Content-Type": kind, **headers}, content
    return lambda stand_in: stand_in.answers.update({path: lambda: answer})


def both(*lies: Lie) -> Lie:
    """All of them."""

    def tell(stand_in: StandIn) -> None:
        for lie in lies:
            lie(stand_in)

    return tell


def by(key: Any) -> Lie:
    """Another key signs."""
    return lambda stand_in: setattr(stand_in, "key", key)


def late(path: str) -> Lie:
    """One path answers, but when nobody waits any more."""

    def wait() -> Answer:
        time.sleep(LATE_SECONDS)
        return as_json({})

    return lambda stand_in: stand_in.answers.update({path: wait})


def details(**told: Any) -> Lie:
    """The token tells no address; what is told elsewhere is this."""

    def change(stand_in: StandIn) -> None:
        stand_in.claims.update({"email": ..., "email_verified": ...})
        stand_in.document["userinfo_endpoint"] = stand_in.issuer + DETAILS
        stand_in.details.update(told)

    return change
