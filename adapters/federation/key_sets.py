"""A provider's public keys: known for a while, asked for again when a token names one that is not known, but never more
often than a provider bears, whatever tokens people send."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, NamedTuple

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from adapters.federation.courier import Courier, read, refuse, unavailable

MOST_KEYS, LEAST_RSA_BITS = 64, 2048
CURVES = {"ES256": "P-256", "ES384": "P-384"}
#: What a token may be signed by. None is symmetric: with those, whoever can verify can sign.
ALGORITHMS = frozenset({"RS256", "RS384", "PS256", "ES256", "ES384"})
Key = RSAKey | ECKey


class Patience(NamedTuple):
    """In seconds: for how long a key is believed that the provider may have withdrawn; how soon after the last time an
    unknown key makes us ask again; and how soon after a failure."""

    believed: float = 600.0
    strange: float = 30.0
    failed: float = 2.0


PATIENCE = Patience()


class _Document(msgspec.Struct):
    keys: list[dict[str, Any]]


class KeySets:
    """The keys at one address, which is asked for when it is needed: discovery may name another one day."""

    def __init__(self, courier: Courier, address: Callable[[], Awaitable[str]], patience: Patience = PATIENCE) -> None:
        self._courier = courier
        self._address = address
        self._patience = patience
        self._keys: list[dict[str, Any]] = []
        self._read_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str | None, algorithm: str) -> Key:
        """Return the key a token names. Raises IdentityRefused, ProviderUnavailable."""
        found = self._fitting(kid, algorithm) if monotonic() - self._read_at < self._patience.believed else []
        if not found:
            await self._refresh(kid, algorithm)
            found = self._fitting(kid, algorithm)
        if len(found) != 1:
            refuse("no key of the provider's, or several, for this token")
        return found[0]

    async def _refresh(self, kid: str | None, algorithm: str) -> None:
        async with self._lock:
            now = monotonic()
            stale = now - self._read_at >= self._patience.believed
            if not stale and (now - self._tried_at < self._patience.strange or self._fitting(kid, algorithm)):
                return
            if stale and now - self._tried_at < self._patience.failed:
                unavailable("its keys could not be read a moment ago")
            self._tried_at = now
            reply = await self._courier.get(await self._address())
            if not reply.good:
                refuse(f"keys answered with {reply.status}")
            keys = read(reply.content, _Document).keys
            if len(keys) > MOST_KEYS:
                refuse("more keys than any provider has")
            self._keys, self._read_at = keys, monotonic()

    def _fitting(self, kid: str | None, algorithm: str) -> list[Key]:
        named = [key for key in self._keys if kid is None or key.get("kid") == kid]
        return [key for given in named if (key := _imported(given, algorithm)) is not None]


def _imported(given: dict[str, Any], algorithm: str) -> Key | None:
    """Return a key, if it is one to verify signatures of this algorithm with."""
    operations = given.get("key_ops")
    if given.get("use", "sig") != "sig" or given.get("alg", algorithm) != algorithm:
        return None
    if operations is not None and (not isinstance(operations, list) or "verify" not in operations):
        return None
    try:
        if algorithm in CURVES:
            fits = given.get("kty") == "EC" and given.get("crv") == CURVES[algorithm]
            return ECKey.import_key(_public(given, "crv", "x", "y")) if fits else None
        if given.get("kty") != "RSA":
            return None
        key = RSAKey.import_key(_public(given, "n", "e"))
        return key if key.public_key.key_size >= LEAST_RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


def _public(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the parts of a key that make it one, whatever else is written beside them."""
    return {"kty": given["kty"], **{name: given[name] for name in names}}
