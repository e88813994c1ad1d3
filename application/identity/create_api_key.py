"""Create an API key: a program acts for the organisation, by no more than its owner holds."""

from datetime import timedelta
from uuid import UUID

from application.identity.members import guard_giving, member_of
from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import KeyTaken
from domain.identity.api_key import ApiKey, NameTaken, name_key
from domain.identity.giving import BeyondOwnRoles, known


class CreateApiKey(Command, frozen=True, kw_only=True):
    """``credential_id`` and ``prefix``: of the secret that is kept elsewhere, hashed."""

    key_id: UUID
    name: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    days: int
    credential_id: UUID
    prefix: str


@use_case(CreateApiKey, "api-keys:create")
async def handle(command: CreateApiKey, session: Session) -> Outcome:
    """Raises NotFound for who is no member, NameTaken, UnknownRole, UnknownScope, BeyondOwnRoles."""
    context = session.context
    owner = await member_of(session, context.caller.actor_id)
    guard_giving(session, *known(command.roles))
    if beyond := set(command.roles) - (owner.held(context.now) & context.caller.roles):
        raise BeyondOwnRoles("An API key has roles that its owner holds.", roles=sorted(beyond))
    key = ApiKey(command.key_id)
    key.create(
        organization_id=context.tenant_id, owner_id=context.caller.actor_id, name=command.name, roles=command.roles,
        scopes=command.scopes, credential_id=command.credential_id, prefix=command.prefix, now=context.now,
        length=timedelta(days=command.days),
    )  # fmt: skip
    session.take(key.id, name_key(command.name))
    until = key.secrets[command.credential_id].isoformat()
    try:
        return await session.commit(
            key, credentialId=str(command.credential_id), prefix=command.prefix, expiresAt=until
        )
    except KeyTaken as taken:
        raise NameTaken("Another API key here has this name.", name=command.name) from taken
