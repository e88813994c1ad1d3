"""Who is asking: a signed bearer token names tenant, actor and roles; every route names its permission."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from application.kernel.context import Caller
from domain.kernel.errors import Kind, Refused

F = TypeVar("F", bound=Callable[..., Any])
ISSUER, AUDIENCE, ALGORITHM = "caretrail", "caretrail-api", "HS256"
KNOWN_TOKENS = 4096


class NotAuthenticated(Refused):
    """No valid bearer token came with the request."""

    code = "not-authenticated"
    kind = Kind.UNAUTHENTICATED


def permit(permission: str) -> Callable[[F], F]:
    """Declare the permission (resource:action) a route needs; a route without one fails the build."""

    def mark(endpoint: F) -> F:
        endpoint.__dict__["permission"] = permission
        return endpoint

    return mark


def make_token(secret: bytes, caller: Caller, seconds: int = 3600) -> str:
    """Return a bearer token for ``caller``, who proves who they are now unless they did so before."""
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + seconds, "sub": str(caller.actor_id),
        "tenant": str(caller.tenant_id), "roles": sorted(caller.roles),
        "auth_time": int(caller.authenticated_at.timestamp() if caller.authenticated_at else time.time()),
    }  # fmt: skip
    return jwt.encode({"alg": ALGORITHM}, claims, OctKey.import_key(secret))


class Tokens:
    """Verifies bearer tokens; a token seen before is recognised without verifying its signature again."""

    def __init__(self, secret: bytes) -> None:
        self._key = OctKey.import_key(secret)
        self._known: dict[str, tuple[float, Caller]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    def caller(self, authorization: str | None) -> Caller:
        """Return the caller named by an ``Authorization`` header, or raise NotAuthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("Send a bearer token in the Authorization header.")
        known = self._known.get(token)
        if known is None:
            known = self._verify(token)
            if len(self._known) >= KNOWN_TOKENS:
                self._known.clear()
            self._known[token] = known
        if known[0] < time.time():
            raise NotAuthenticated("The token has expired: sign in again.")
        return known[1]

    def _verify(self, token: str) -> tuple[float, Caller]:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            caller = Caller(
                UUID(claims["tenant"]),
                UUID(claims["sub"]),
                frozenset(map(str, claims["roles"])),
                authenticated_at=_moment(claims.get("auth_time")),
            )
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise NotAuthenticated("The token is not valid: sign in again.") from error
        return float(claims["exp"]), caller


def _moment(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
