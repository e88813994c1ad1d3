"""Keeps the periods an organisation has set."""

from pathlib import Path

from domain.kernel.recorded import Recorded
from domain.privacy.events import RetentionPeriodSet
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("retention_periods", ("tenant_id", "retention"))


def set_(rows: Rows, event: RetentionPeriodSet, recorded: Recorded) -> None:
    """The period holds from now on."""
    values: dict[str, object] = {"years": event.years, "source": event.source}
    rows.put(TABLE.name, (recorded.tenant_id, event.retention.value), values)


READ_MODEL = ReadModel(
    name="retention_periods",
    tables=(TABLE,),
    on={RetentionPeriodSet: set_},
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
