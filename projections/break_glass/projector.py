"""Keeps each emergency access as it stands: open, ended, reviewed. It halts rather than lose one."""

from pathlib import Path

from domain.access.events import (
    BreakGlassClosed,
    BreakGlassExpired,
    BreakGlassOpened,
    BreakGlassReviewed,
    PrivacyOfficerNotified,
)
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("break_glass", ("tenant_id", "glass_id"))
NOTES = Table("break_glass_notes", ("tenant_id", "glass_id"))


def opened(rows: Rows, event: BreakGlassOpened, recorded: Recorded) -> None:
    """A review is owed."""
    values: dict[str, object] = {
        "version": recorded.version,
        "patient_id": event.patient_id,
        "actor": event.actor,
        "code": event.code.value,
        "opened_at": event.opened_at,
        "expires_at": event.expires_at,
        **sealed_columns(recorded),
    }
    rows.insert(TABLE.name, (recorded.tenant_id, recorded.stream_id), values)


def closed(rows: Rows, event: BreakGlassClosed, recorded: Recorded) -> None:
    """Ended by a person."""
    _change(rows, recorded, ended="closed", ended_at=event.closed_at)


def expired(rows: Rows, event: BreakGlassExpired, recorded: Recorded) -> None:
    """Ended by the clock."""
    _change(rows, recorded, ended="expired", ended_at=event.expired_at)


def notified(rows: Rows, event: PrivacyOfficerNotified, recorded: Recorded) -> None:
    """The privacy officer knows."""
    _change(rows, recorded, notified_at=recorded.recorded_at)


def reviewed(rows: Rows, event: BreakGlassReviewed, recorded: Recorded) -> None:
    """The review is closed."""
    _change(rows, recorded, finding=event.finding.value, reviewer=event.reviewer, reviewed_at=event.reviewed_at)
    rows.insert(NOTES.name, (recorded.tenant_id, recorded.stream_id), sealed_columns(recorded))


def _change(rows: Rows, recorded: Recorded, **values: object) -> None:
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), {"version": recorded.version, **values})


READ_MODEL = ReadModel(
    name="break_glass",
    tables=(TABLE, NOTES),
    on={
        BreakGlassOpened: opened,
        BreakGlassClosed: closed,
        BreakGlassExpired: expired,
        PrivacyOfficerNotified: notified,
        BreakGlassReviewed: reviewed,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
