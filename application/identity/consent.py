"""What a person lets whoever stands in for them see: asked of the delegations themselves, so that an end counts."""

from datetime import datetime

import msgspec

from application.kernel.context import Caller
from application.ports.event_store import EventStore
from domain.identity.delegations import Delegations, delegations_id
from domain.identity.policy import canonical

DELEGATE = "family_delegate"


async def consented(store: EventStore, caller: Caller, now: datetime) -> Caller:
    """Return the caller with what was delegated to them by whom they say they stand in for; without, as they are."""
    person_id = caller.on_behalf_of
    if person_id is None or DELEGATE not in map(canonical, caller.roles):
        return caller
    given = await store.load(Delegations, caller.tenant_id, delegations_id(caller.tenant_id, person_id))
    return msgspec.structs.replace(caller, delegated=given.flags(caller.actor_id, now))
