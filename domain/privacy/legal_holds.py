"""The holds of one organisation, in one stream: whoever decides on an erasure decides against all of them at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid, NotFound
from domain.kernel.event import Retention
from domain.kernel.ids import derived_id
from domain.privacy.events import LegalHoldLifted, LegalHoldPlaced, LegalHoldsConsulted
from domain.privacy.kinds import LegalBasis


class HoldWithoutScope(Invalid):
    """A hold names a person, or classes of data, or both."""

    code = "hold-without-scope"


class HoldLifted(IllegalTransition):
    """The hold has been lifted already."""

    code = "hold-lifted"


class Hold(NamedTuple):
    """A hold on the data of one person or (None) of everybody, in ``classes`` or (empty) in all."""

    id: UUID
    person_id: UUID | None
    classes: tuple[Retention, ...]
    basis: LegalBasis

    def covers(self, person_id: UUID, retention: Retention) -> bool:
        """Whether it keeps this class of this person's data."""
        return self.person_id in {None, person_id} and (not self.classes or retention in self.classes)


def holds_id(tenant_id: UUID) -> UUID:
    """Return the stream of a tenant's holds."""
    return derived_id("legal-holds", tenant_id)


class LegalHolds(Aggregate):
    """Every hold of an organisation. An erasure is decided in the transaction that notes it here, so that no hold can
    be placed between the look and the decision."""

    NAME = "legal hold"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self._standing: dict[UUID, Hold] = {}
        self._lifted: set[UUID] = set()
        self._waiting: dict[UUID, tuple[UUID, ...]] = {}

    def place(
        self, hold_id: UUID, person_id: UUID | None, classes: Iterable[Retention], basis: LegalBasis, now: datetime
    ) -> None:
        """Keep what the hold covers. Raises HoldWithoutScope."""
        scope = tuple(sorted(set(classes)))
        if person_id is None and not scope:
            raise HoldWithoutScope("A hold names a person, or classes of data.", field="classes")
        self.record(
            LegalHoldPlaced(hold_id=hold_id, person_id=person_id, classes=scope, basis=basis, placed_at=now)
        )  # fmt: skip

    def lift(self, hold_id: UUID, now: datetime) -> None:
        """End a hold. Raises NotFound, HoldLifted."""
        if hold_id in self._lifted:
            raise HoldLifted("This hold has been lifted already.", id=str(hold_id))
        if hold_id not in self._standing:
            raise NotFound("There is no such legal hold here.", id=str(hold_id))
        waiting = tuple(sorted(erasure for erasure, holds in self._waiting.items() if hold_id in holds))
        person_id = self._standing[hold_id].person_id
        self.record(LegalHoldLifted(hold_id=hold_id, person_id=person_id, waiting=waiting, lifted_at=now))

    def consult(
        self, erasure_id: UUID, person_id: UUID, classes: Iterable[Retention]
    ) -> dict[Retention, tuple[Hold, ...]]:
        """Return the holds that stand on each class (classes without any are absent), and note that they were asked."""
        holds = self._standing.values()
        found = {c: tuple(hold for hold in holds if hold.covers(person_id, c)) for c in classes}
        standing = {hold.id for covering in found.values() for hold in covering}
        self.record(LegalHoldsConsulted(erasure_id=erasure_id, person_id=person_id, standing=tuple(sorted(standing))))
        return {retention: covering for retention, covering in found.items() if covering}

    @evolves
    def _placed(self, event: LegalHoldPlaced) -> None:
        self._standing[event.hold_id] = Hold(event.hold_id, event.person_id, event.classes, event.basis)

    @evolves
    def _was_lifted(self, event: LegalHoldLifted) -> None:
        del self._standing[event.hold_id]
        self._lifted.add(event.hold_id)

    @evolves
    def _consulted(self, event: LegalHoldsConsulted) -> None:
        self._waiting[event.erasure_id] = event.standing
