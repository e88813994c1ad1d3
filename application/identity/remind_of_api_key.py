"""Note that an API key's owner was reminded to rotate it; for the process that does so once a month."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.api_key import ApiKey


class RemindOfApiKey(Command, frozen=True, kw_only=True):
    """``credential_id``: the one that is old, as of ``due_at``."""

    key_id: UUID
    credential_id: UUID
    due_at: datetime


@use_case(RemindOfApiKey, "api-keys:remind")
async def handle(command: RemindOfApiKey, session: Session) -> Outcome:
    """The next reminder follows from this one. Does nothing when there is a newer secret. Raises NotFound."""
    key = await session.load(ApiKey, command.key_id)
    key.remind(command.credential_id, command.due_at)
    return await session.commit(key)
