"""Once a month the owner of an API key is reminded to rotate it, for as long as its newest secret stays the same."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from application.identity.remind_of_api_key import RemindOfApiKey
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.api_key import OLD, ApiKey
from domain.identity.events import ApiKeyCreated, ApiKeyReminded, ApiKeyRotated
from domain.kernel.recorded import Recorded

TEMPLATE = "rotate-api-key"


def derive(event: ApiKeyCreated | ApiKeyRotated, recorded: Recorded) -> Iterable[Due]:
    """A month after the secret was made."""
    yield _at(event, recorded.recorded_at + OLD)


def derive_next(event: ApiKeyReminded, recorded: Recorded) -> Iterable[Due]:
    """A month after the last one was due; of those missed while nothing ran, none is made up for."""
    yield _at(event, max(event.due_at, recorded.recorded_at - OLD) + OLD)


async def perform(effect: Effect, world: World) -> None:
    """Remind, unless the key is revoked, rotated or ended by now; the next reminder follows from this one."""
    key_id, credential_id = UUID(effect.ids["key_id"]), UUID(effect.ids["credential_id"])
    key = await world.store.load(ApiKey, effect.tenant_id, key_id)
    if key.newest != credential_id or credential_id not in key.alive(effect.due_at):
        return
    await world.notifier.notify(effect.tenant_id, effect.key, TEMPLATE, key.owner_id, {"key_id": str(key_id)})
    command = RemindOfApiKey(key_id=key_id, credential_id=credential_id, due_at=effect.due_at)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


def _at(event: ApiKeyCreated | ApiKeyRotated | ApiKeyReminded, due_at: datetime) -> Due:
    return Due({"key_id": str(event.key_id), "credential_id": str(event.credential_id)}, due_at)


PROCESS = Process(
    name="remind-to-rotate-when-api-key-is-old",
    on={ApiKeyCreated: derive, ApiKeyRotated: derive, ApiKeyReminded: derive_next},
    perform=perform,
    queue="notices",
    priority=5,
)
