"""The periods in force: the organisation's own, else those of the law as the policy names it."""

from uuid import UUID

from domain.kernel.event import Retention
from domain.privacy.retention import PERIODS, Period
from projections.kernel.reader import Reader

_SET = "SELECT retention, years, source FROM read.retention_periods WHERE tenant_id = %(tenant)s"


async def retention_periods(reader: Reader, tenant_id: UUID) -> dict[Retention, Period]:
    """Return the period of every class."""
    rows = await reader.rows(_SET, {"tenant": tenant_id})
    return {**PERIODS, **{Retention(row["retention"]): Period(row["years"], row["source"]) for row in rows}}
