"""Keeps each session: opened, proven again, ended."""

from pathlib import Path

from domain.identity.events import SessionEnded, SessionMoved, SessionOpened, SessionSteppedUp
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("sessions", ("tenant_id", "session_id"))


def opened(rows: Rows, event: SessionOpened, recorded: Recorded) -> None:
    """It is there."""
    values: dict[str, object] = {
        "user_id": event.user_id,
        "organization_id": event.organization_id,
        "methods": [method.value for method in event.methods],
        "opened_at": recorded.recorded_at,
        "proven_at": recorded.recorded_at,
        **sealed_columns(recorded),
    }
    rows.insert(TABLE.name, (recorded.tenant_id, event.session_id), values)


def stepped_up(rows: Rows, event: SessionSteppedUp, recorded: Recorded) -> None:
    """The user proved once more who they are."""
    rows.change(TABLE.name, (recorded.tenant_id, event.session_id), {"proven_at": recorded.recorded_at})


def moved(rows: Rows, event: SessionMoved, recorded: Recorded) -> None:
    """The user acts in another organisation."""
    values: dict[str, object] = {"organization_id": event.organization_id}
    rows.change(TABLE.name, (recorded.tenant_id, event.session_id), values)


def ended(rows: Rows, event: SessionEnded, recorded: Recorded) -> None:
    """It is over."""
    values: dict[str, object] = {"ended_at": recorded.recorded_at, "reason": event.reason.value}
    rows.change(TABLE.name, (recorded.tenant_id, event.session_id), values)


READ_MODEL = ReadModel(
    name="sessions",
    tables=(TABLE,),
    on={SessionOpened: opened, SessionSteppedUp: stepped_up, SessionMoved: moved, SessionEnded: ended},
    schema=Path(__file__).with_name("schema.sql"),
)
