"""Who is asking: a signed bearer token names the caller; every route names its permission, or says it needs none."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import Request
from uuid_utils.compat import uuid7

from adapters.bootstrap import MARK, KeyRing, Services, signed
from application.kernel.context import Caller
from application.ports.tokens import Bearer, NotAuthenticated
from domain.identity.epoch import FOREVER, Epoch
from domain.identity.kinds import Method
from domain.identity.resources import known

F = TypeVar("F", bound=Callable[..., Any])


def permit(permission: str) -> Callable[[F], F]:
    """Declare the permission (resource:action) a route needs; a route without one fails the build.

    A route that gives pages of a list searches, which scopes tell from reading. Raises ValueError for one unheard of.
    """
    if not known(permission):
        raise ValueError(f"there is no permission {permission}: see domain/identity/resources.py")

    def mark(endpoint: F) -> F:
        endpoint.__dict__["permission"] = permission
        endpoint.__dict__["searches"] = "page" in inspect.signature(endpoint).parameters
        return endpoint

    return mark


def anonymous(endpoint: F) -> F:
    """Declare that a route is for people who are not signed in: it looks at no token, and must show nobody's data."""
    endpoint.__dict__["anonymous"] = True
    return endpoint


def make_token(ring: KeyRing, caller: Caller, seconds: int = 3600) -> str:
    """Return a token signed by hand for ``caller``, who proves who they are now unless they did so before.

    It belongs to no session that could be ended, and no change of roles ends it: keep it short.
    """
    bearer = Bearer(
        caller.actor_id, caller.tenant_id, caller.session_id or uuid7(), caller.roles, (Method.OPERATOR,),
        caller.authenticated_at or datetime.now(UTC), Epoch(FOREVER, FOREVER), caller.scopes,
    )  # fmt: skip
    return signed(ring, bearer, seconds)


async def authenticated(request: Request) -> Caller:
    """Return the caller named by the ``Authorization`` header, or by an API key. Raises NotAuthenticated,
    StandingUnknown."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("x-api-key", "")
    if (scheme.lower() != "bearer" or not token) and not key:
        raise NotAuthenticated("Send a bearer token in the Authorization header, or an API key in X-API-Key.")
    services: Services = request.app.state.services
    if key or token.startswith(MARK):
        return await services.identity.api_keys.caller(key or token)
    bearer = services.identity.tokens.read(token)
    await services.identity.withdrawals.confirm(bearer)
    return caller_of(bearer)


def caller_of(bearer: Bearer) -> Caller:
    """Return the caller a token names."""
    return Caller(
        bearer.tenant_id,
        bearer.user_id,
        bearer.roles,
        authenticated_at=bearer.authenticated_at,
        methods=bearer.methods,
        scopes=bearer.scopes,
        session_id=bearer.session_id,
    )
