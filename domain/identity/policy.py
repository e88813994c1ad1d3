"""What a caller may do, and to whose things: role ∩ scope ∩ consent. What they may do to nothing at all is 403.

A thing out of reach is 403 where the caller may read it all the same, else 404; another tenant's is always 404.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from domain.identity.resources import RESOURCES
from domain.identity.role_table import ALIASES, ALL, EVERYONE, EVERYTHING, ROLES, Grants
from domain.identity.scopes import narrowed
from domain.kernel.ownership import NOTHING, Ownership

Held = Mapping[str, Ownership]

#: What may only be done by someone who proved who they are within the last minutes (RFC 9470).
STEP_UP = frozenset({"break-glass:use", "privacy:export", "privacy:restricted"})

#: What else is needed to open events of these topics in a review or a release. Notes of therapy sessions are kept from
#: auditors and from copies too (45 CFR 164.508(a)(2), 164.524(a)(1)(i)); that there is one, whose and when, they see.
STRICTER: dict[str, str] = {"records.mental_health_note.": "mental-health:read"}

#: Fields that need more than the permission to read the thing they stand in.
FIELDS: dict[str, dict[str, str]] = {
    "appointments": dict.fromkeys(("notes", "reason", "overbookingReason"), "appointments:remarks"),
    "access": dict.fromkeys(("address", "agent"), "access:origin"),
}


class Misstated(ValueError):
    """The policy table speaks of what there is not."""


def _actions(resource: str, action: str, everything: bool) -> frozenset[str]:
    """Return the actions a word of the table means. Raises Misstated."""
    found = RESOURCES.get(resource)
    if found is None:
        raise Misstated(f"there is no resource {resource}")
    if action == ALL:
        return found.actions | found.technical if everything else found.actions
    if action not in found.actions | found.technical:
        raise Misstated(f"there is no action {action} of {resource}")
    return frozenset({action})


def _permissions(text: str) -> Iterator[str]:
    """Yield every permission that a text of the table grants. Raises Misstated."""
    for line in text.strip().splitlines():
        resource, *actions = line.split()
        if [resource, *actions] in ([EVERYTHING], [ALL, ALL]):
            everything = resource == EVERYTHING
            meant = [name for name, found in RESOURCES.items() if everything or not found.strict]
            yield from (f"{name}:{action}" for name in meant for action in _actions(name, ALL, everything))
            continue
        for action in actions:
            yield from (f"{resource}:{one}" for one in _actions(resource, action, everything=False))


def held(grants: Grants) -> Held:
    """Return every permission that grants give, and for which things. Raises Misstated."""
    found: dict[str, Ownership] = {}
    for ownership, text in grants.items():
        for permission in _permissions(text):
            found[permission] = found.get(permission, NOTHING) | ownership
    return found


POLICY: dict[str, Held] = {role: held(grants) for role, grants in ROLES.items()}
EVERYBODYS: Held = held(EVERYONE)


def canonical(role: str) -> str:
    """Return the one name of a role, however it is written."""
    name = role.lower()
    return ALIASES.get(name, name)


@lru_cache(maxsize=16384)
def reach(
    roles: frozenset[str], permission: str, scopes: frozenset[str] = frozenset(), searching: bool = False
) -> Ownership:
    """Return for which things ``roles``, narrowed by ``scopes`` (if there are any), hold ``permission``.

    Nothing at all for what nobody has heard of. ``searching``: many are asked for, not one.
    """
    found = EVERYBODYS.get(permission, NOTHING)
    for role in roles:
        found |= POLICY.get(canonical(role), {}).get(permission, NOTHING)
    return narrowed(found, scopes, permission, searching) if found and scopes else found


def permits(roles: frozenset[str], permission: str, scopes: frozenset[str] = frozenset()) -> bool:
    """Whether ``roles`` may do ``permission`` (resource:action) at all, if only to their own things."""
    return bool(reach(roles, permission, scopes))


def seen_by(permission: str) -> str:
    """Return the permission to read what ``permission`` changes."""
    return f"{permission.partition(':')[0]}:read"


def unreadable(roles: frozenset[str], resource: str, scopes: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the fields of a resource that are not for ``roles``: they are not shown, sorted or filtered by."""
    return frozenset(name for name, needed in FIELDS.get(resource, {}).items() if not permits(roles, needed, scopes))


def may_open(roles: frozenset[str], topic: str, scopes: frozenset[str] = frozenset()) -> bool:
    """Whether ``roles`` may read the personal fields of events of ``topic`` when reviewing everybody's history."""
    return reach(roles, "audit:open", scopes).whole and may_release(roles, topic, scopes)


def may_release(roles: frozenset[str], topic: str, scopes: frozenset[str] = frozenset()) -> bool:
    """Whether the personal fields of events of ``topic`` may go into a copy that ``roles`` take of a person's data."""
    needed = [permission for beginning, permission in STRICTER.items() if topic.startswith(beginning)]
    return all(reach(roles, permission, scopes).whole for permission in needed)
