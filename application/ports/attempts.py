"""Guessing is slowed down: by address typed and by where from, whether or not there is such an account."""

from typing import Protocol

from domain.kernel.errors import Kind, Refused


class TooManyAttempts(Refused):
    """Too many failed attempts lately: wait."""

    code = "too-many-attempts"
    kind = Kind.LIMITED


class Attempts(Protocol):
    """Port to the counts of failed attempts."""

    async def begin(self, *subjects: str) -> None:
        """Count an attempt under each of ``subjects`` as failed until told otherwise. Raises TooManyAttempts."""
        ...

    async def succeeded(self, *subjects: str) -> None:
        """Forget the failures of ``subjects``."""
        ...
