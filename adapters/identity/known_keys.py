"""Programs that presented an API key a moment ago are known unasked; no longer, so that a revoked one stops."""

from datetime import UTC, datetime
from hashlib import sha256
from time import monotonic

from application.identity.doors import Doors
from application.identity.keys import recognised
from application.kernel.context import Caller

KNOWN_SECONDS, MOST = 1.0, 4096


class KnownKeys:
    """Remembers each for a second: what is withdrawn from the key, or from its owner, holds after that."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._known: dict[bytes, tuple[float, Caller]] = {}

    async def caller(self, text: str) -> Caller:
        """Return the program that presents a secret. Raises NotAuthenticated, StoreUnavailable."""
        digest, now = sha256(text.encode()).digest(), monotonic()
        known = self._known.get(digest)
        if known is None or known[0] < now:
            if len(self._known) >= MOST:
                self._known.clear()
            known = (now + KNOWN_SECONDS, await recognised(self._doors, text, datetime.now(UTC)))
            self._known[digest] = known
        return known[1]
