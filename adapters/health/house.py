"""The checker of this installation, and the names its parts also go by."""

from adapters.health import own, vendors
from adapters.health.checker import Checker
from adapters.health.own import Parts
from adapters.settings import Settings

NEEDED = ("database", "keys")
ALIASES = {"neon-database": "database", "redis": "upstash-redis", "valkey": "upstash-redis", "jobs": "queue"}


def checker(settings: Settings, parts: Parts) -> Checker:
    """Return a checker of our own parts and of services of others."""
    return Checker({**own.looks(settings, parts), **vendors.looks(settings)}, NEEDED)
