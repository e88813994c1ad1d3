"""Keeps each alert as it stands: raised, acknowledged or withdrawn."""

from pathlib import Path

from domain.kernel.recorded import Recorded
from domain.records.events import AlertAcknowledged, AlertRaised, AlertWithdrawn
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("critical_alerts", ("tenant_id", "alert_id"))


def raised(rows: Rows, event: AlertRaised, recorded: Recorded) -> None:
    """The alert stands, anew or again; an acknowledgement of what it said before no longer counts."""
    rows.put(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "version": recorded.version,
            "patient_id": event.patient_id,
            "record_id": event.record_id,
            "record_version": event.record_version,
            "record_type": event.record_type.value,
            "state": "raised",
            "effective_at": event.effective_at,
            "raised_at": recorded.recorded_at,
            "acknowledged_at": None,
            "acknowledged_by": None,
            **sealed_columns(recorded),
        },
    )


def acknowledged(rows: Rows, event: AlertAcknowledged, recorded: Recorded) -> None:
    """Someone has seen to it."""
    rows.change(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "version": recorded.version,
            "state": "acknowledged",
            "acknowledged_at": event.acknowledged_at,
            "acknowledged_by": event.acknowledged_by,
        },
    )


def withdrawn(rows: Rows, event: AlertWithdrawn, recorded: Recorded) -> None:
    """The record is not critical any more."""
    rows.change(
        TABLE.name, (recorded.tenant_id, recorded.stream_id), {"version": recorded.version, "state": "withdrawn"}
    )


READ_MODEL = ReadModel(
    name="critical_alerts",
    tables=(TABLE,),
    on={AlertRaised: raised, AlertAcknowledged: acknowledged, AlertWithdrawn: withdrawn},
    schema=Path(__file__).with_name("schema.sql"),
)
