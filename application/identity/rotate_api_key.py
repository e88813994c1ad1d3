"""Rotate an API key: it has another secret, and the one before it for a week more."""

from datetime import timedelta
from uuid import UUID

from application.identity.members import guard_giving
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.api_key import ApiKey


class RotateApiKey(Command, frozen=True, kw_only=True):
    """``credential_id`` and ``prefix``: of the new secret that is kept elsewhere, hashed."""

    key_id: UUID
    days: int
    credential_id: UUID
    prefix: str


@use_case(RotateApiKey, "api-keys:rotate")
async def handle(command: RotateApiKey, session: Session) -> Outcome:
    """Raises NotFound, ApiKeyOver, TwoSecretsAlive, BeyondOwnRoles: whoever has the secret has the key's roles."""
    context = session.context
    key = await session.load(ApiKey, command.key_id)
    guard_giving(session, *key.roles)
    key.rotate(
        credential_id=command.credential_id, prefix=command.prefix, rotated_by=context.caller.actor_id, now=context.now,
        length=timedelta(days=command.days),
    )  # fmt: skip
    until = key.secrets[command.credential_id].isoformat()
    return await session.commit(key, credentialId=str(command.credential_id), prefix=command.prefix, expiresAt=until)
