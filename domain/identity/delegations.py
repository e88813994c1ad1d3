"""Delegations: whom a person lets see what of theirs, in one organisation. Taken back, it counts at once."""

from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from domain.identity.events import DelegationEnded, DelegationGranted
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import Invalid, NotFound
from domain.kernel.ids import derived_id
from domain.kernel.ownership import Owned

MOST = 20


class UnsoundDelegation(Invalid):
    """Nobody delegates to themselves, nothing, what is over already, or to a crowd."""

    code = "unsound-delegation"


class Delegation(NamedTuple):
    """What somebody may see; ``ends_at``: until then (None: until it is taken back)."""

    can_view_schedule: bool
    can_view_billing: bool
    can_receive_updates: bool
    ends_at: datetime | None = None

    def flags(self, now: datetime) -> frozenset[str]:
        """Return what is delegated at ``now``, as the policy names it."""
        if self.ends_at is not None and now >= self.ends_at:
            return frozenset()
        given = {
            "schedule": self.can_view_schedule,
            "billing": self.can_view_billing,
            "updates": self.can_receive_updates,
        }
        return frozenset(name for name, is_given in given.items() if is_given)


def delegations_id(tenant_id: UUID, person_id: UUID) -> UUID:
    """Return the id of the one stream of a person's delegations in a tenant."""
    return derived_id("delegations", tenant_id, person_id)


class Delegations(Aggregate):
    """All of one person's; ``given``: by delegate."""

    NAME: ClassVar[str] = "delegation"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.person_id: UUID
        self.given: dict[UUID, Delegation] = {}

    def grant(self, person_id: UUID, delegate_id: UUID, delegation: Delegation, now: datetime) -> None:
        """Let somebody see something from now on; it replaces what they might see before. Raises UnsoundDelegation."""
        if delegate_id == person_id:
            raise UnsoundDelegation("You see all of this yourself.", field="delegateId")
        if not delegation.flags(now):
            raise UnsoundDelegation("Say what they may see, and until a time that is to come.", field="endsAt")
        if delegate_id not in self.given and len(self.given) >= MOST:
            raise UnsoundDelegation(f"You may delegate to {MOST} people.", most=MOST)
        if self.given.get(delegate_id) != delegation:
            self.record(DelegationGranted(person_id=person_id, delegate_id=delegate_id, **delegation._asdict()))

    def end(self, delegate_id: UUID) -> None:
        """Take it back. Raises NotFound."""
        if delegate_id not in self.given:
            raise NotFound("There is no such delegation here.", id=str(delegate_id))
        self.record(DelegationEnded(person_id=self.person_id, delegate_id=delegate_id))

    def flags(self, delegate_id: UUID, now: datetime) -> frozenset[str]:
        """Return what somebody may see at ``now``."""
        found = self.given.get(delegate_id)
        return found.flags(now) if found else frozenset()

    @evolves
    def _granted(self, event: DelegationGranted) -> None:
        self.person_id = event.person_id
        self.given[event.delegate_id] = Delegation(
            event.can_view_schedule, event.can_view_billing, event.can_receive_updates, event.ends_at
        )

    @evolves
    def _ended(self, event: DelegationEnded) -> None:
        del self.given[event.delegate_id]

    @property
    def owned(self) -> Owned:
        """The person's."""
        return Owned(self.person_id)
