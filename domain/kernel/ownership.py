"""Whose a thing is, and how far a permission reaches."""

from enum import Flag, auto
from typing import NamedTuple
from uuid import UUID


class Ownership(Flag):
    """Which things a permission is held for; held for several, it is held for each."""

    OWN = auto()
    """The caller's own, or those of a person who delegated this to the caller."""
    ASSIGNED = auto()
    """Those the caller attends to, or of people the caller attends to."""
    ORGANISATION = auto()
    """All of the organisation the caller acts in."""
    ANY = auto()
    """All of the organisation the caller acts in, which may be any."""

    @property
    def whole(self) -> bool:
        """Whether nothing in the tenant is out of reach."""
        return bool(self & _WHOLE)


NOTHING = Ownership(0)
_WHOLE = Ownership.ORGANISATION | Ownership.ANY


class Owned(NamedTuple):
    """``person_id``: whose a thing is, or whom it is about; ``attended_by``: who attends to it, where it says so."""

    person_id: UUID | None = None
    attended_by: UUID | None = None


#: Of nobody in particular: everyone who holds the permission at all reaches it.
SHARED = Owned()


class Limits(NamedTuple):
    """What a list is limited to: what is of one of ``people``, or attended to by ``attendant``."""

    people: tuple[UUID, ...] = ()
    attendant: UUID | None = None


def parameters_of(limits: Limits | None) -> dict[str, object]:
    """Return limits (None: none) as parameters of a query."""
    return {
        "people": None if limits is None else list(limits.people),
        "attendant": None if limits is None else limits.attendant,
    }
