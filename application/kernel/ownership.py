"""A patient acts for nobody else: whoever holds a permission by that role alone sees and touches only their own."""

from uuid import UUID

from application.kernel.context import Caller
from domain.identity.policy import permits
from domain.kernel.errors import NotFound

SELF_ONLY = "patient"


def guard_own(caller: Caller, permission: str, person_id: UUID, thing: str) -> None:
    """Raise NotFound (``thing`` is not there for them) unless the caller may do it for ``person_id``."""
    if person_id != caller.actor_id and not permits(caller.roles - {SELF_ONLY}, permission):
        raise NotFound(f"There is no such {thing} here.")
