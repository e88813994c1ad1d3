"""A caller who reaches only some things is shown no row of any other, whatever the route has asked for."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import UUID

from application.kernel.reach import NotPermitted
from domain.kernel.errors import NotFound
from domain.kernel.ownership import Limits, parameters_of
from projections.kernel.reader import Answer

#: How queries name a person: columns of what they find, and what they are asked for.
COLUMNS = frozenset({"patient_id", "person_id", "subject_id"})
ASKED = ("patient", "person", "subject")
Attends = Callable[[UUID], Awaitable[bool]]
Names = tuple[frozenset[str], tuple[str, ...]]
#: The same where a row's owner is not the person it is about: an emergency access is of whoever opened it.
OWNERS: dict[str, Names] = {
    "break-glass": (frozenset({"actor"}), ("actor",)),
    "account": (frozenset({"user_id"}), ("user",)),
}
ATTENDANT = "practitioner_id"


class Bounds:
    """``limits`` of what is seen under a permission; ``attends``: whether a person's things are the caller's to see
    although they are not their own."""

    def __init__(self, limits: Limits, permission: str, attends: Attends) -> None:
        self.limits = limits
        self._attends = attends
        self._owners, self._asked = OWNERS.get(permission.partition(":")[0], (COLUMNS, ASKED))
        self._assigned: set[UUID] = set()
        self._shown: set[UUID] = set()

    async def admit_named(self, people: Iterable[UUID]) -> None:
        """Raise NotFound when a request names a person out of reach."""
        if self._owners is COLUMNS and not all([await self._reaches(person, None) for person in people]):
            raise NotFound("There is no such person here.")

    def admit(self, people: Iterable[UUID]) -> None:
        """Raise NotFound for a person of whom it was not found before that they are in reach."""
        if self._owners is COLUMNS and not all(p in self.limits.people or p in self._assigned for p in people):
            raise NotFound("There is no such person here.")

    async def check(self, parameters: Mapping[str, object], answer: Answer) -> None:
        """Raise NotFound for a row out of reach, NotPermitted for rows of which nobody can say whose they are."""
        places = {name: number for number, name in enumerate(answer.columns)}
        owners = [places[name] for name in self._owners if name in places]
        if not owners and answer.rows and not self._bounded(parameters):
            raise NotPermitted("This is not limited to what you may see.")
        for row in answer.rows if owners else ():
            attended_by = row[places[ATTENDANT]] if ATTENDANT in places else parameters.get("practitioner")
            if not all([await self._reaches(row[owner], attended_by) for owner in owners]):
                raise NotFound("There is no such thing here.")
            self._shown.update(value for value in row if isinstance(value, UUID))

    async def _reaches(self, owner: object, attended_by: object) -> bool:
        if owner in self.limits.people:
            return True
        if not isinstance(owner, UUID):
            return False
        if self.limits.attendant is not None and attended_by is not None:
            return attended_by == self.limits.attendant
        if owner not in self._assigned and await self._attends(owner):
            self._assigned.add(owner)
        return owner in self._assigned

    def _bounded(self, parameters: Mapping[str, object]) -> bool:
        """Whether a question can only be about what is in reach: it names somebody, the limits, or what was shown."""
        if all(parameters.get(name) == value for name, value in parameters_of(self.limits).items()):
            return True
        people = {value for name in self._asked if isinstance(value := parameters.get(name), UUID)}
        if people:
            return all(person in self.limits.people or person in self._assigned for person in people)
        return any(value in self._shown for value in parameters.values() if isinstance(value, UUID))
