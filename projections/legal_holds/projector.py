"""Keeps each hold: placed, lifted."""

from pathlib import Path

from domain.kernel.recorded import Recorded
from domain.privacy.events import LegalHoldLifted, LegalHoldPlaced
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("legal_holds", ("tenant_id", "hold_id"))


def placed(rows: Rows, event: LegalHoldPlaced, recorded: Recorded) -> None:
    """The hold stands."""
    values: dict[str, object] = {
        "person_id": event.person_id,
        "classes": [c.value for c in event.classes],
        "basis": event.basis.value,
        "placed_at": event.placed_at,
    }
    rows.insert(TABLE.name, (recorded.tenant_id, event.hold_id), values)


def lifted(rows: Rows, event: LegalHoldLifted, recorded: Recorded) -> None:
    """The hold stands no more."""
    rows.change(TABLE.name, (recorded.tenant_id, event.hold_id), {"lifted_at": event.lifted_at})


READ_MODEL = ReadModel(
    name="legal_holds",
    tables=(TABLE,),
    on={LegalHoldPlaced: placed, LegalHoldLifted: lifted},
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
