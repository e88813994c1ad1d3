"""A plan: what a clinic offers for a price per period."""

from uuid import UUID

from domain.billing.events import PlanArchived, PlanCreated, PlanRevised
from domain.billing.terms import Terms
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid
from domain.kernel.ownership import SHARED, Owned


class PlanUnavailable(IllegalTransition):
    """The plan has been archived."""

    code = "plan-archived"


class NamelessPlan(Invalid):
    """A plan needs a name."""

    code = "plan-without-name"


class Plan(Aggregate):
    """created → revised* → archived."""

    NAME = "plan"
    name: str
    terms: Terms

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.archived = False

    def create(self, name: str, terms: Terms) -> None:
        """Offer a plan. Raises UnsoundTerms, NamelessPlan."""
        if self.version:
            raise IllegalTransition("This plan exists already.")
        self.record(PlanCreated(name=_named(name), terms=terms.checked()))

    def revise(self, name: str, terms: Terms) -> None:
        """Offer other terms to whoever subscribes from now on. The same again changes nothing."""
        self.must_be_offered()
        if (_named(name), terms.checked()) != (self.name, self.terms):
            self.record(PlanRevised(name=_named(name), terms=terms))

    def archive(self, by: UUID) -> None:
        """Stop offering the plan."""
        self.must_be_offered()
        self.record(PlanArchived(archived_by=by))

    @evolves
    def _defined(self, event: PlanCreated | PlanRevised) -> None:
        self.name = event.name
        self.terms = event.terms

    @evolves
    def _archived(self, event: PlanArchived) -> None:
        self.archived = True

    @property
    def owned(self) -> Owned:
        """Nobody's: it is offered to everyone."""
        return SHARED

    def must_be_offered(self) -> None:
        """Raise PlanUnavailable when it has been archived."""
        if self.archived:
            raise PlanUnavailable("This plan is no longer offered.", plan_id=str(self.id))


def _named(name: str) -> str:
    if not name.strip():
        raise NamelessPlan("Give the plan a name.", field="name")
    return name.strip()
