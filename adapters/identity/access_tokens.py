"""Access tokens: JSON Web Tokens (RFC 9068) of one issuer, audience, type and algorithm, and of exact shape."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from prometheus_client import Histogram

from adapters.identity.ring import KeyRing
from application.ports.tokens import AccessToken, Bearer, NotAuthenticated
from domain.identity.epoch import Epoch
from domain.identity.kinds import Method

ISSUER, AUDIENCE = "caretrail", "caretrail-api"
TYPE, ALGORITHM = "at+jwt", "HS256"
LONGEST = 8192
#: Of a token signed by hand; all others live much shorter.
LONGEST_LIFE_SECONDS = 7 * 86_400
#: By how much the clocks of those who sign may be ahead of ours. No token is believed a second too long.
LEEWAY_SECONDS = 10
KNOWN_TOKENS = 4096
VERIFYING = Histogram(
    "caretrail_token_verify_seconds", "Time to verify an access token that was not seen before.",
    buckets=(0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1),
)  # fmt: skip


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a token must say, and of which type: nothing may be missing or more."""

    iss: Literal["caretrail"]
    aud: Literal["caretrail-api"]
    sub: UUID
    tenant: UUID
    sid: UUID
    roles: tuple[str, ...]
    epoch: Epoch
    amr: tuple[Method, ...]
    auth_time: int
    jti: UUID
    iat: int
    exp: int
    nbf: int = 0
    scope: str = ""


_decode = msgspec.json.Decoder(Claims).decode
_encode = msgspec.json.Encoder().encode


class Jwts:
    """AccessTokens. One that was read before is recognised without verifying its signature again, until it expires.

    ``seconds``: how long a token with these roles lives.
    """

    def __init__(self, ring: KeyRing, seconds: Callable[[frozenset[str]], int]) -> None:
        self._ring = ring
        self._seconds = seconds
        self._known: dict[str, tuple[int, Bearer]] = {}

    def sign(self, bearer: Bearer, until: datetime | None = None) -> AccessToken:
        """Return a token signed with the ring's key, good until ``until`` at most."""
        seconds = self._seconds(bearer.roles)
        if until is not None:
            seconds = max(0, min(seconds, int(until.timestamp() - time.time())))
        return AccessToken(signed(self._ring, bearer, seconds), seconds)

    def read(self, text: str) -> Bearer:
        """Return what a token says, or raise NotAuthenticated."""
        known = self._known.get(text)
        if known is None:
            with VERIFYING.time():
                known = verified(self._ring, text)
            if len(self._known) >= KNOWN_TOKENS:
                self._known.clear()
            self._known[text] = known
        if known[0] <= time.time():
            self._known.pop(text, None)
            raise NotAuthenticated("The token has expired: sign in again.")
        return known[1]


def signed(ring: KeyRing, bearer: Bearer, seconds: int) -> str:
    """Return a token that lives so many seconds from now."""
    kid, key = ring.signing()
    now = int(time.time())
    claims = Claims(
        iss="caretrail", aud="caretrail-api", sub=bearer.user_id, tenant=bearer.tenant_id, sid=bearer.session_id,
        roles=tuple(sorted(bearer.roles)), epoch=bearer.epoch, amr=bearer.methods, jti=uuid4(), iat=now,
        auth_time=int(bearer.authenticated_at.timestamp()), exp=now + seconds, scope=" ".join(sorted(bearer.scopes)),
    )  # fmt: skip
    return jws.serialize_compact({"typ": TYPE, "alg": ALGORITHM, "kid": kid}, _encode(claims), key)


def verified(ring: KeyRing, text: str) -> tuple[int, Bearer]:
    """Return when a token expires and what it says. Raises NotAuthenticated; it does not look at the expiry."""
    try:
        if len(text) > LONGEST:
            raise ValueError("longer than any of ours")
        read = jws.deserialize_compact(text.encode("ascii"), lambda guest: _key(ring, guest.headers()), [ALGORITHM])
        claims = _decode(read.payload or b"")
        if max(claims.iat, claims.nbf, claims.auth_time) > time.time() + LEEWAY_SECONDS:
            raise ValueError("not valid yet")
        if claims.exp - claims.iat > LONGEST_LIFE_SECONDS:
            raise ValueError("valid for too long")
        moment = datetime.fromtimestamp(claims.auth_time, UTC)
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError, OverflowError,
            OSError, RecursionError) as error:  # fmt: skip
        raise NotAuthenticated("The token is not valid: sign in again.") from error
    bearer = Bearer(
        claims.sub, claims.tenant, claims.sid, frozenset(claims.roles), claims.amr, moment, claims.epoch,
        frozenset(claims.scope.split()),
    )  # fmt: skip
    return claims.exp, bearer


def _key(ring: KeyRing, headers: dict[str, object]) -> OctKey:
    kid = headers.get("kid")
    if headers.get("typ") != TYPE or not isinstance(kid, str) or not headers.keys() <= {"typ", "alg", "kid"}:
        raise ValueError("not one of our tokens")
    key = ring.key(kid)
    if key is None:
        raise ValueError("signed by nobody we know")
    return key
