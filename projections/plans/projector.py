"""Keeps each plan as it stands."""

from pathlib import Path

from domain.billing.events import PlanArchived, PlanCreated, PlanRevised
from domain.billing.terms import Terms
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("plans", ("tenant_id", "plan_id"))


def created(rows: Rows, event: PlanCreated, recorded: Recorded) -> None:
    """It is on offer."""
    offer = {"archived": False, "created_at": recorded.recorded_at}
    rows.insert(TABLE.name, _key(recorded), _terms(event.name, event.terms, recorded) | offer)


def revised(rows: Rows, event: PlanRevised, recorded: Recorded) -> None:
    """Its terms are others from now on."""
    rows.change(TABLE.name, _key(recorded), _terms(event.name, event.terms, recorded))


def archived(rows: Rows, event: PlanArchived, recorded: Recorded) -> None:
    """It is no longer on offer."""
    rows.change(TABLE.name, _key(recorded), {"archived": True, "version": recorded.version})


def _key(recorded: Recorded) -> tuple[object, ...]:
    return (recorded.tenant_id, recorded.stream_id)


def _terms(name: str, terms: Terms, recorded: Recorded) -> dict[str, object]:
    return {
        "name": name,
        "amount": terms.amount.amount,
        "currency": terms.amount.currency,
        "interval_unit": terms.interval.value,
        "interval_count": terms.interval_count,
        "included": terms.included,
        "unlimited": terms.unlimited,
        "covers": list(terms.covers),
        "excludes": list(terms.excludes),
        "trial_days": terms.trial_days,
        "tax_basis_points": terms.tax_basis_points,
        "version": recorded.version,
    }


READ_MODEL = ReadModel(
    name="plans",
    tables=(TABLE,),
    on={PlanCreated: created, PlanRevised: revised, PlanArchived: archived},
    schema=Path(__file__).with_name("schema.sql"),
)
