"""Keeps each erasure as it stands, with every class of data it speaks of."""

from pathlib import Path

from domain.kernel.event import Retention
from domain.kernel.recorded import Recorded
from domain.privacy.events import (
    ClassErased,
    ClassReleased,
    ClassRestricted,
    DataReopened,
    ErasureCompleted,
    ErasureRefused,
    ErasureRequested,
)
from domain.privacy.kinds import ClassStatus, ErasureStatus
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Key, Rows, Table

ERASURES = Table("erasures", ("tenant_id", "erasure_id"))
CLASSES = Table("erasure_classes", ("tenant_id", "erasure_id", "retention"))


def requested(rows: Rows, event: ErasureRequested, recorded: Recorded) -> None:
    """It begins."""
    values: dict[str, object] = {
        "version": recorded.version,
        "person_id": event.person_id,
        "status": ErasureStatus.REQUESTED.value,
        "basis": event.basis.value,
        "requested_at": event.requested_at,
        "answer_by": event.answer_by,
        "holds": [],
    }
    rows.insert(ERASURES.name, _key(recorded), values)


def refused(rows: Rows, event: ErasureRefused, recorded: Recorded) -> None:
    """Nothing is erased."""
    said = {"refusal_basis": event.basis.value, "holds": list(event.holds)}
    _now(rows, recorded, status=ErasureStatus.REFUSED.value, **said)


def reopened(rows: Rows, event: DataReopened, recorded: Recorded) -> None:
    """Only its version changes."""
    _now(rows, recorded)


def restricted(rows: Rows, event: ClassRestricted, recorded: Recorded) -> None:
    """A class is kept for now."""
    values: dict[str, object] = {
        "status": ClassStatus.RESTRICTED.value,
        "basis": event.basis.value,
        "source": event.source,
        "until": event.until,
        "holds": list(event.holds),
    }
    rows.put(CLASSES.name, _class(recorded, event.retention), values)
    _now(rows, recorded, status=ErasureStatus.UNDER_WAY.value)


def released(rows: Rows, event: ClassReleased, recorded: Recorded) -> None:
    """A class is about to go."""
    gone: dict[str, object] = {"basis": None, "source": None, "until": None, "holds": None}
    rows.put(CLASSES.name, _class(recorded, event.retention), {"status": ClassStatus.RELEASED.value, **gone})
    _now(rows, recorded, status=ErasureStatus.UNDER_WAY.value)


def erased(rows: Rows, event: ClassErased, recorded: Recorded) -> None:
    """A class is gone."""
    values: dict[str, object] = {
        "status": ClassStatus.ERASED.value,
        "key_id": event.key_id,
        "destroyed_at": event.destroyed_at,
    }
    rows.change(CLASSES.name, _class(recorded, event.retention), values)
    _now(rows, recorded)


def completed(rows: Rows, event: ErasureCompleted, recorded: Recorded) -> None:
    """Everything is gone, and certified."""
    _now(
        rows,
        recorded,
        status=ErasureStatus.COMPLETED.value,
        completed_at=event.completed_at,
        position=event.position,
        log_size=event.log_size,
        log_root=event.log_root,
        stale_until=event.stale_until,
        digest=event.digest,
        signer=event.signer,
        signature=event.signature,
    )


def _now(rows: Rows, recorded: Recorded, **values: object) -> None:
    rows.change(ERASURES.name, _key(recorded), {"version": recorded.version, **values})


def _key(recorded: Recorded) -> Key:
    return (recorded.tenant_id, recorded.stream_id)


def _class(recorded: Recorded, retention: Retention) -> Key:
    return (recorded.tenant_id, recorded.stream_id, retention.value)


READ_MODEL = ReadModel(
    name="erasures",
    tables=(ERASURES, CLASSES),
    on={
        ErasureRequested: requested,
        ErasureRefused: refused,
        DataReopened: reopened,
        ClassRestricted: restricted,
        ClassReleased: released,
        ClassErased: erased,
        ErasureCompleted: completed,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
