"""Counts each patient's records by type and keeps the ones a summary shows: allergies, medications, conditions."""

from pathlib import Path

from domain.kernel.recorded import Recorded
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted, RecordType
from domain.records.shapes import SHAPES, TYPE_OF
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

COUNTS = Table("patient_summary", ("tenant_id", "patient_id", "record_type"))
HIGHLIGHTS = Table("patient_summary_highlights", ("tenant_id", "record_id"))
SHOWN = (RecordType.ALLERGY, RecordType.MEDICATION, RecordType.MEDICAL_HISTORY)
COUNTED = tuple(record_type for record_type in RecordType if record_type not in SHOWN)


def entered(rows: Rows, event: EntryRecorded, recorded: Recorded) -> None:
    """One more record."""
    _count(rows, event, recorded, {"recorded": 1})


def amended(rows: Rows, event: EntryAmended, recorded: Recorded) -> None:
    """One more amendment."""
    _count(rows, event, recorded, {"amended": 1})


def retracted(rows: Rows, event: EntryRetracted, recorded: Recorded) -> None:
    """One record fewer that counts."""
    _count(rows, event, recorded, {"retracted": 1})


def entered_and_shown(rows: Rows, event: EntryRecorded, recorded: Recorded) -> None:
    """A record the summary shows."""
    entered(rows, event, recorded)
    _show(rows, event, recorded)


def amended_and_shown(rows: Rows, event: EntryAmended, recorded: Recorded) -> None:
    """A shown record reads differently now."""
    amended(rows, event, recorded)
    _show(rows, event, recorded)


def retracted_and_hidden(rows: Rows, event: EntryRetracted, recorded: Recorded) -> None:
    """A shown record leaves the summary."""
    retracted(rows, event, recorded)
    rows.drop(HIGHLIGHTS.name, (recorded.tenant_id, recorded.stream_id))


def _count(
    rows: Rows, event: EntryRecorded | EntryAmended | EntryRetracted, recorded: Recorded, deltas: dict[str, int]
) -> None:
    key = (recorded.tenant_id, event.patient_id, TYPE_OF[type(event)].value)
    rows.add(COUNTS.name, key, deltas, {"last_recorded_at": recorded.recorded_at})


def _show(rows: Rows, event: EntryRecorded | EntryAmended, recorded: Recorded) -> None:
    rows.put(
        HIGHLIGHTS.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "patient_id": event.patient_id,
            "record_type": TYPE_OF[type(event)].value,
            "version": recorded.version,
            "effective_from": event.effective_at,
            "effective_until": event.effective_until,
            **sealed_columns(recorded),
        },
    )


READ_MODEL = ReadModel(
    name="patient_summary",
    tables=(COUNTS, HIGHLIGHTS),
    on={
        **{SHAPES[t].recorded: entered for t in COUNTED},
        **{SHAPES[t].amended: amended for t in COUNTED},
        **{SHAPES[t].retracted: retracted for t in COUNTED},
        **{SHAPES[t].recorded: entered_and_shown for t in SHOWN},
        **{SHAPES[t].amended: amended_and_shown for t in SHOWN},
        **{SHAPES[t].retracted: retracted_and_hidden for t in SHOWN},
    },
    schema=Path(__file__).with_name("schema.sql"),
)
