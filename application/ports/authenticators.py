"""Authenticators: codes that change with the time (RFC 6238), and codes for the day one is lost."""

from datetime import datetime
from typing import Protocol


class Authenticators(Protocol):
    """Port to one-time codes of authenticators."""

    def secret(self) -> str:
        """Return a new secret, in base 32."""
        ...

    def uri(self, secret: str, account: str) -> str:
        """Return what an authenticator reads from a QR code."""
        ...

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the time step whose code it is, a step before or after ``now`` at most; None: of none."""
        ...

    def recovery_codes(self) -> list[str]:
        """Return new recovery codes, as a person writes them down."""
        ...

    def digest(self, recovery_code: str) -> bytes:
        """Return what is kept of a recovery code, however it is typed."""
        ...
