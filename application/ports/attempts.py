"""Guessing is slowed down: by address typed and by where from, whether or not there is such an account."""

from typing import NamedTuple, Protocol

from domain.kernel.errors import Kind, Refused


class TooManyAttempts(Refused):
    """Too many failed attempts lately: wait."""

    code = "too-many-attempts"
    kind = Kind.LIMITED


class Origin(NamedTuple):
    """Whose account is tried (an e-mail address, or what stands for one), and from which network address."""

    email: str
    address: str


class Attempts(Protocol):
    """Port to the counts of failed attempts."""

    async def begin(self, origin: Origin) -> None:
        """Count an attempt as failed until told otherwise. Raises TooManyAttempts."""
        ...

    async def succeeded(self, origin: Origin) -> None:
        """Forget the failures of the account tried."""
        ...

    async def not_made(self, origin: Origin) -> None:
        """Take the count of an attempt back that could not be judged."""
        ...
