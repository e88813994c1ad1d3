"""Who says by when something was there: a time-stamping authority that has no part in what it stamps."""

from typing import Protocol


class Timestamper(Protocol):
    """Port to an RFC 3161 authority."""

    def stamp(self, message: bytes) -> bytes:
        """Return the authority's response over ``message`` (DER), checked to be about it. Raises when it gives none."""
        ...
