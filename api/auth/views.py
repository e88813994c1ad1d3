"""One's own account, read for the routes of signing in."""

from typing import Any
from uuid import UUID

from api.asking import Ask
from api.erased import RecordErased
from application.ports.stream_reader import StreamReader
from application.ports.tokens import NotAuthenticated
from domain.identity.events import ProfileChanged, UserRegistered
from domain.identity.kinds import Method
from domain.identity.platform import PLATFORM
from domain.kernel.errors import NotFound
from domain.kernel.event import withheld
from projections.kernel.reader import Row


def own_session(ask: Ask) -> tuple[UUID, UUID]:
    """Return the caller and their session. Raises NotAuthenticated for API keys and tokens signed by hand."""
    if ask.caller.session_id is None or Method.OPERATOR in ask.caller.methods:
        raise NotAuthenticated("This is for people who have signed in.")
    return ask.caller.actor_id, ask.caller.session_id


async def profile(ask: Ask) -> dict[str, Any]:
    """Return the caller's own details, and the account's version, as they are now. Raises as :func:`details`."""
    return await details(ask.streams, ask.caller.actor_id)


async def details(streams: StreamReader, user_id: UUID) -> dict[str, Any]:
    """Return a user's details, and the account's version. Raises NotFound when there is no account, RecordErased."""
    history = await streams.read(PLATFORM, user_id, opened=True)
    shown: dict[str, Any] = {}
    for recorded in history:
        event = recorded.event
        if isinstance(event, UserRegistered):
            shown = {
                "id": event.user_id, "organizationId": event.organization_id, "email": event.email, "name": event.name,
                "phone": event.phone, "locale": event.locale, "registeredAt": recorded.recorded_at,
            }  # fmt: skip
        elif isinstance(event, ProfileChanged):
            shown |= {"name": event.name, "phone": event.phone, "locale": event.locale}
    if shown and withheld(shown["email"]):
        raise RecordErased("The data of this person has been erased.")
    if not shown:
        raise NotFound("You have no account here.")
    return shown | {"version": history[-1].version}


def session(row: Row, current: UUID | None) -> dict[str, Any]:
    """Return a session as its user sees it."""
    return {
        "id": row["session_id"],
        "organizationId": row["organization_id"],
        "methods": row["methods"],
        "openedAt": row["opened_at"],
        "provenAt": row["proven_at"],
        "client": row.get("client"),
        "address": row.get("address"),
        "current": row["session_id"] == current,
    }
