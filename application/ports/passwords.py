"""Passwords: hashed slowly on purpose, off the event loop, and no more at a time than the machine can bear."""

from typing import NamedTuple, Protocol

from domain.kernel.errors import Kind, Refused


class PasswordsBusy(Refused):
    """So many passwords wait to be hashed that another would wait too long."""

    code = "passwords-busy"
    kind = Kind.UNAVAILABLE


class Checked(NamedTuple):
    """Whether a password is the right one; ``upgraded``: its hash as it should be kept from now on, if that differs."""

    right: bool
    upgraded: str | None = None


class Passwords(Protocol):
    """Port to the hashing of passwords. Every method may raise PasswordsBusy."""

    async def hash(self, password: str) -> str:
        """Return the hash to keep."""
        ...

    async def check(self, password: str, hashed: str | None) -> Checked:
        """Compare; against None the answer is no, after as much work as for any other."""
        ...
