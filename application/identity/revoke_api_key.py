"""Revoke an API key: none of its secrets opens anything any more, and its name is free."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.api_key import ApiKey, name_key


class RevokeApiKey(Command, frozen=True, kw_only=True):
    """For good."""

    key_id: UUID


@use_case(RevokeApiKey, "api-keys:revoke")
async def handle(command: RevokeApiKey, session: Session) -> Outcome:
    """Raises NotFound, ApiKeyOver."""
    key = await session.load(ApiKey, command.key_id)
    key.revoke(session.context.caller.actor_id)
    session.release(key.id, name_key(key.name))
    return await session.commit(key)
