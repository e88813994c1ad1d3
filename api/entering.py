"""What an anonymous route is given: the doors, and who stands there from where; and how tokens are handed over."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from adapters.bootstrap import Services
from api.envelope import answer
from api.parameters import refuse_unknown_parameters
from application.identity.admission import Admission
from application.identity.doors import Doors, Visit
from domain.identity.platform import PLATFORM
from projections.kernel.lists import Window
from projections.kernel.reader import Row
from projections.own_organizations import queries

COOKIE, COOKIE_PATH = "caretrail_refresh", "/api/auth"
CLIENT_LENGTH = 300


def visit(request: Request) -> Visit:
    """Return where a request comes from."""
    client = request.client
    return Visit(
        client.host if client else "",
        request.headers.get("user-agent", "")[:CLIENT_LENGTH],
        datetime.now(UTC),
        request.scope["request_id"],
        request.scope["correlation_id"],
    )


class Entry:
    """One request of somebody who is not signed in (yet)."""

    services: Services
    doors: Doors

    def __init__(self, request: Request) -> None:
        self.request = request
        self.services = request.app.state.services
        self.doors = self.services.identity.doors
        self.visit = visit(request)


async def _entry(request: Request) -> Entry:
    refuse_unknown_parameters(request)
    return Entry(request)


Entering = Annotated[Entry, Depends(_entry)]


def admitted(services: Services, admission: Admission, *, cookie: bool = False, **more: object) -> Response:
    """Answer with tokens; the refresh token in the body, or (``cookie``) out of reach of any script."""
    session = admission.session
    data: dict[str, Any] = {
        "accessToken": admission.access.text,
        "tokenType": "Bearer",
        "expiresIn": admission.access.seconds,
        "sessionId": session.session_id,
        "userId": session.user_id,
        "organizationId": session.organization_id,
        "roles": sorted(admission.roles),
        "rolesNeedingSecondFactor": sorted(admission.withheld),
        **more,
    }
    if admission.refresh is not None and not cookie:
        data["refreshToken"] = admission.refresh
    response = answer(data)
    if admission.refresh is not None and cookie:
        response.set_cookie(
            COOKIE, admission.refresh, max_age=services.identity.refresh_tokens.seconds, path=COOKIE_PATH,
            secure=True, httponly=True, samesite="strict",
        )  # fmt: skip
    return response


async def belonging(entry: Entry, admission: Admission) -> list[dict[str, Any]]:
    """Return the organisations of whoever is let in, as far as they are known by now; the first hundred."""
    reader = entry.services.reader.within(PLATFORM)
    found = await queries.belonging(reader, PLATFORM, admission.session.user_id, Window(100))
    return [organization_brief(row) for row in found.rows]


def organization_brief(row: Row) -> dict[str, Any]:
    """Return an organisation as someone who belongs to it sees it in a list."""
    return {
        "id": row["organization_id"],
        "kind": row["kind"],
        "name": row["name"],
        "roles": row["roles"],
        "primaryRole": row["primary_role"],
        "joinedAt": row["joined_at"],
    }


def left(data: object) -> Response:
    """Answer somebody who is not signed in any more: the cookie goes."""
    response = answer(data)
    response.delete_cookie(COOKIE, path=COOKIE_PATH, secure=True, httponly=True, samesite="strict")
    return response
