"""ID tokens: all that OpenID Connect Core 3.1.3.7 asks to be checked, before anything of a token is believed."""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256, sha384
from typing import Any, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from adapters.federation.courier import read, refuse
from adapters.federation.key_sets import ALGORITHMS, Key
from application.ports.identity_provider import Identified
from domain.identity.email import BadEmail, normalised

LONGEST, LONGEST_SUBJECT, LONGEST_NAME = 16_384, 255, 200
#: By how much a provider's clock may be ahead of ours, or behind. No token is believed a second too long.
LEEWAY_SECONDS = 30
_REGISTRY = jws.JWSRegistry(algorithms=sorted(ALGORITHMS), strict_check_header=False)
Number = int | float


class Header(msgspec.Struct):
    """What we look at of a token's header; keys and addresses of keys that it may carry are not among it."""

    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: Any = None


class Claims(msgspec.Struct):
    """What we look at of a token's claims."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: Number
    iat: Number
    nbf: Number = 0
    auth_time: Number | None = None
    nonce: str | None = None
    azp: str | None = None
    at_hash: str | None = None
    email: str | None = None
    email_verified: Any = None
    name: str | None = None
    sid: str | None = None


class Expected(NamedTuple):
    """What a token must say. ``nonce``: None where the protocol has none; ``access_token``: the one beside it."""

    issuer: str
    audience: str
    begun_at: datetime
    nonce: str | None
    access_token: str | None = None
    fresh: bool = False
    algorithms: frozenset[str] = ALGORITHMS


KeyOf = Callable[[str | None, str], Awaitable[Key]]


async def verified(token: str, expected: Expected, key_of: KeyOf) -> Claims:
    """Return the claims of a token that is whole, signed by the provider, for us, and of this sign-in."""
    header = _header(token)
    if header.alg not in expected.algorithms:
        refuse("a token signed by what we do not accept")
    if (header.typ or "JWT").upper() != "JWT" or header.crit is not None:
        refuse("a token that is no ID token")
    key = await key_of(header.kid, header.alg)
    try:
        signed = jws.deserialize_compact(token.encode("ascii"), key, [header.alg], _REGISTRY)
    except (JoseError, ValueError, TypeError):
        refuse("a signature that is not the provider's")
    claims = read(signed.payload or b"", Claims)
    _addressed(claims, expected)
    _timely(claims, expected)
    if expected.nonce is not None and not hmac.compare_digest((claims.nonce or "").encode(), expected.nonce.encode()):
        refuse("a token of another sign-in")
    if claims.at_hash is not None and not _goes_with(claims.at_hash, expected.access_token, header.alg):
        refuse("a token that does not go with its access token")
    return claims


def _header(token: str) -> Header:
    if len(token) > LONGEST or token.count(".") != 2:
        refuse("not a token")
    try:
        text = unpadded(token.partition(".")[0])
    except ValueError:
        refuse("not a token")
    return read(text, Header)


def unpadded(text: str) -> bytes:
    """Return what base64url without padding says. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _addressed(claims: Claims, expected: Expected) -> None:
    if claims.iss != expected.issuer:
        refuse("a token of another issuer")
    if claims.aud not in (expected.audience, [expected.audience]):
        refuse("a token for another audience")
    if claims.azp not in (None, expected.audience):
        refuse("a token for another authorised party")
    subject = claims.sub
    if not subject or len(subject) > LONGEST_SUBJECT or not (subject.isascii() and subject.isprintable()):
        refuse("a token of nobody")


def _timely(claims: Claims, expected: Expected) -> None:
    """A token made before its sign-in began is one from another, also where no nonce could tell."""
    now, begun = time.time(), expected.begun_at.timestamp() - LEEWAY_SECONDS
    if claims.exp <= now:
        refuse("an expired token")
    if max(claims.iat, claims.nbf, claims.auth_time or 0) > now + LEEWAY_SECONDS:
        refuse("a token of the future")
    if claims.iat < begun:
        refuse("a token made before the sign-in began")
    if expected.fresh and (claims.auth_time is None or claims.auth_time < begun):
        refuse("somebody who did not sign in again, though asked to")


def _goes_with(at_hash: str, access_token: str | None, algorithm: str) -> bool:
    if access_token is None:
        return False
    hashed = (sha384 if algorithm.endswith("384") else sha256)(access_token.encode()).digest()
    half = urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=")
    return hmac.compare_digest(half, at_hash.encode())


def identified(claims: Claims) -> Identified:
    """Return whom verified claims mean."""
    proven = None if claims.auth_time is None else moment(claims.auth_time)
    email = own_email(claims.email, verified=claims.email_verified is True)
    return Identified(claims.iss, claims.sub, email, shown(claims.name), proven, claims.sid)


def moment(seconds: Number) -> datetime:
    """Return an instant. Raises IdentityRefused for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        refuse("a time outside all time")


def own_email(address: str | None, *, verified: bool) -> str | None:
    """Return an address in its one spelling, if the provider says that it is theirs and it is one."""
    if address is None or not verified:
        return None
    try:
        return normalised(address)
    except BadEmail:
        return None


def shown(name: str | None) -> str | None:
    """Return a name as it can be shown, if anything of it is left."""
    kept = "".join(c for c in name or "" if c.isprintable()).strip()[:LONGEST_NAME]
    return kept or None
