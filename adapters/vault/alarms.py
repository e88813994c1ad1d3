"""What must wake someone: a key that was never there, an envelope that is not genuine. Each is logged and counted."""

import structlog
from prometheus_client import Counter

UNKNOWN_KEYS = Counter("caretrail_unknown_keys", "Times events named data keys that are not in the key store.")
FORGED = Counter("caretrail_forged_envelopes", "Times sealed data was not what was sealed in its place.")
log = structlog.get_logger("vault")


class UnknownKey(Exception):
    """An envelope names a key that was never there: data is damaged or the wrong database is connected."""


class Forged(Exception):
    """An envelope does not belong where it was found, or was altered."""


def unknown_key(message: str, count: int) -> UnknownKey:
    """Return what to raise, after the alarm."""
    UNKNOWN_KEYS.inc(count)
    log.error("vault.key.unknown", count=count)
    return UnknownKey(message)


def forged(message: str) -> Forged:
    """Return what to raise, after the alarm."""
    FORGED.inc()
    log.error("vault.envelope.forged")
    return Forged(message)
