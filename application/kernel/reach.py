"""Whether what a caller may do reaches a thing: the one place where ownership is decided, for commands and queries."""

from uuid import UUID

from application.kernel.context import Caller
from application.ports.assignments import Assignments
from domain.identity.policy import reach, seen_by
from domain.identity.role_table import DELEGATED
from domain.kernel.errors import Kind, NotFound, Refused
from domain.kernel.ownership import SHARED, Limits, Owned, Ownership


class NotPermitted(Refused):
    """The caller's roles, or the scopes of their token, do not allow this."""

    code = "not-permitted"
    kind = Kind.FORBIDDEN


def not_permitted(permission: str) -> NotPermitted:
    """Return the refusal of a permission that is not held."""
    return NotPermitted("Your role does not allow this.", permission=permission)


def reach_of(caller: Caller, permission: str, *, searching: bool = False) -> Ownership:
    """Return for which things the caller holds ``permission``; for none that nobody has heard of."""
    return reach(caller.roles, permission, caller.scopes, searching)


def own_people(caller: Caller, permission: str) -> tuple[UUID, ...]:
    """Return whose things are the caller's own: theirs, and those of whom they stand in for, as far as delegated."""
    if caller.on_behalf_of is not None and DELEGATED.get(permission) in caller.delegated:
        return (caller.actor_id, caller.on_behalf_of)
    return (caller.actor_id,)


def limits_of(caller: Caller, permission: str, *, searching: bool = False) -> Limits | None:
    """Return what the caller's lists are limited to; None: to nothing, they reach everything in their tenant."""
    found = reach_of(caller, permission, searching=searching)
    if found.whole:
        return None
    people = own_people(caller, permission) if Ownership.OWN in found else ()
    return Limits(people, caller.actor_id if Ownership.ASSIGNED in found else None)


async def reaches(caller: Caller, permission: str, owned: Owned | None, assignments: Assignments) -> bool:
    """Whether ``permission`` reaches a thing of this ownership (None: nobody has said whose it is)."""
    limits = limits_of(caller, permission)
    if limits is None:
        return True
    if owned is None or not reach_of(caller, permission):
        return False
    if owned == SHARED or owned.person_id in limits.people:
        return True
    if limits.attendant is None:
        return False
    if owned.attended_by is not None:
        return owned.attended_by == limits.attendant
    return owned.person_id is not None and await assignments.attends(
        caller.tenant_id, limits.attendant, owned.person_id
    )


async def guard(
    caller: Caller, permission: str, owned: Owned | None, thing: str, assignments: Assignments, *, there: bool = True
) -> None:
    """Raise unless ``permission`` reaches the thing: NotPermitted where the caller may read it, NotFound otherwise.

    ``there``: whether there is such a thing at all; the caller's own may also be yet to come.
    """
    if await reaches(caller, permission, owned, assignments):
        return
    if there and await reaches(caller, seen_by(permission), owned, assignments):
        raise not_permitted(permission)
    raise NotFound(f"There is no such {thing} here.")
