"""Which roles there are to give in an organisation, and who may give them: nobody gives what they do not have."""

from collections.abc import Iterable

from domain.identity.policy import POLICY, canonical, reach
from domain.kernel.errors import Invalid, Kind, Refused

#: Who keeps an organisation: it is never without one, once it has one.
ADMINISTRATOR = "clinic_admin"
#: What everyone is in the organisation of their own.
OWNER = "patient"
#: Of programs and of whoever runs the platform: no organisation has them to give.
NOBODYS = frozenset({"system", "front_door", "super_admin", "platform_admin"})


class UnknownRole(Invalid):
    """There is no such role to give in an organisation."""

    code = "unknown-role"


class BeyondOwnRoles(Refused):
    """What would be given or taken goes beyond what whoever does it may do."""

    code = "beyond-own-roles"
    kind = Kind.FORBIDDEN


def given_roles() -> list[str]:
    """Return the roles an organisation gives, by name."""
    return sorted(POLICY.keys() - NOBODYS)


def known(roles: Iterable[str]) -> tuple[str, ...]:
    """Return the roles, each once, in order. Raises UnknownRole, also for none at all."""
    asked = tuple(dict.fromkeys(map(canonical, roles)))
    if strange := [role for role in asked if role not in POLICY or role in NOBODYS]:
        raise UnknownRole("There is no such role here.", roles=strange, known=given_roles())
    if not asked:
        raise UnknownRole("Name at least one role.", known=given_roles())
    return asked


def within(held: frozenset[str], roles: Iterable[str], *, narrowed: bool = False) -> None:
    """Raise BeyondOwnRoles unless whoever holds ``held`` may do all that ``roles`` may, or keeps the organisation.

    ``narrowed``: they act by a token that may do less than their roles, and so give nothing.
    """
    keeps = ADMINISTRATOR in held
    beyond = [role for role in roles if not keeps and not _has_all(held, role)]
    if beyond or narrowed:
        raise BeyondOwnRoles("Nobody gives or takes roles that may do more than they may themselves.", roles=beyond)


def _has_all(held: frozenset[str], role: str) -> bool:
    """Whether whoever holds ``held`` may do all that ``role`` may, and to all the things it may."""
    for permission, given in POLICY[role].items():
        own = reach(held, permission)
        if not own.whole and given & ~own:
            return False
    return True
