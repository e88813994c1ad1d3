"""Keeps every version of every record with both its times: when it held true, and when it was known."""

from pathlib import Path

from domain.kernel.recorded import Recorded
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted
from domain.records.shapes import SHAPES, TYPE_OF
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("patient_timeline", ("tenant_id", "record_id", "version"))


def entered(rows: Rows, event: EntryRecorded, recorded: Recorded) -> None:
    """The first version is known from now on."""
    _version(
        rows,
        event,
        recorded,
        effective_from=event.effective_at,
        effective_until=event.effective_until,
        encounter_id=event.encounter_id,
        source_system=event.source_system,
        source_id=event.source_id,
        retracted=False,
    )


def amended(rows: Rows, event: EntryAmended, recorded: Recorded) -> None:
    """The version before ceases to be known; this one is known from now on."""
    _version(
        rows,
        event,
        recorded,
        effective_from=event.effective_at,
        effective_until=event.effective_until,
        encounter_id=event.encounter_id,
        reason_code=event.reason_code.value,
        retracted=False,
    )
    _supersede(rows, recorded)


def retracted(rows: Rows, event: EntryRetracted, recorded: Recorded) -> None:
    """The version before ceases to be known; nothing takes its place."""
    _version(rows, event, recorded, reason_code=event.reason_code.value, retracted=True)
    _supersede(rows, recorded)


def _version(
    rows: Rows, event: EntryRecorded | EntryAmended | EntryRetracted, recorded: Recorded, **columns: object
) -> None:
    rows.insert(
        TABLE.name,
        (recorded.tenant_id, recorded.stream_id, recorded.version),
        {
            "patient_id": event.patient_id,
            "record_type": TYPE_OF[type(event)].value,
            "author_id": event.author_id,
            "recorded_from": recorded.recorded_at,
            "recorded_until": None,
            **columns,
            **sealed_columns(recorded),
        },
    )


def _supersede(rows: Rows, recorded: Recorded) -> None:
    before = (recorded.tenant_id, recorded.stream_id, recorded.version - 1)
    rows.change(TABLE.name, before, {"recorded_until": recorded.recorded_at})


READ_MODEL = ReadModel(
    name="patient_timeline",
    tables=(TABLE,),
    on={
        **{shape.recorded: entered for shape in SHAPES.values()},
        **{shape.amended: amended for shape in SHAPES.values()},
        **{shape.retracted: retracted for shape in SHAPES.values()},
    },
    schema=Path(__file__).with_name("schema.sql"),
)
