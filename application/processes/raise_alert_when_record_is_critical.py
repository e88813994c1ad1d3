"""A severe allergy or a dangerous vital sign raises an alert; a correction that makes it harmless withdraws it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.records.raise_alert import RaiseAlert
from application.records.withdraw_alert import WithdrawAlert
from domain.kernel.recorded import Recorded
from domain.records.critical import VITAL_WINDOW, Finding, findings
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted, RecordType
from domain.records.shapes import SHAPES, TYPE_OF

WATCHED = (RecordType.ALLERGY, RecordType.VITAL)


def derive(event: EntryRecorded | EntryAmended | EntryRetracted, recorded: Recorded) -> Iterable[Due]:
    """Every version of a watched record is judged, save vitals that were history when they were recorded."""
    if not isinstance(event, EntryRecorded) or not outdated(event, recorded):
        yield Due({"record_id": str(recorded.stream_id)})


def outdated(event: EntryRecorded | EntryAmended, recorded: Recorded) -> bool:
    """Whether a vital sign was measured too long before it was recorded to call anyone."""
    late = recorded.recorded_at - event.effective_at > VITAL_WINDOW
    return late and TYPE_OF[type(event)] is RecordType.VITAL


async def perform(effect: Effect, world: World) -> None:
    """Judge the record as it stands now; a later version's effect then finds it judged already.

    Effects of one record may be performed at the same time, and in any order.
    """
    record_id = UUID(effect.ids["record_id"])
    history = await world.streams.read(effect.tenant_id, record_id, opened=True)
    command = judgement(record_id, history)
    if command is not None:
        await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


def judgement(record_id: UUID, history: Sequence[Recorded]) -> RaiseAlert | WithdrawAlert | None:
    """Return the command that follows from a record's opened history; None: it never was critical."""
    critical = [(recorded, found) for recorded in history if (found := critical_in(recorded))]
    if not critical:
        return None
    last, (worst, found) = history[-1], critical[-1]
    event = worst.event
    assert isinstance(event, EntryRecorded | EntryAmended)
    if worst is last:
        return RaiseAlert(
            record_id=record_id,
            record_version=last.version,
            record_type=TYPE_OF[type(event)],
            patient_id=event.patient_id,
            effective_at=event.effective_at,
            findings=found,
        )
    return WithdrawAlert(
        record_id=record_id,
        record_version=last.version,
        patient_id=event.patient_id,
        last_critical=worst.version,
    )


def critical_in(recorded: Recorded) -> list[Finding]:
    """Return what is critical in a version of a record; nothing in what was history when it was recorded."""
    event = recorded.event
    if not isinstance(event, EntryRecorded | EntryAmended) or outdated(event, recorded):
        return []
    return findings(event.content)


PROCESS = Process(
    name="raise-alert-when-record-is-critical",
    on={member: derive for t in WATCHED for member in (SHAPES[t].recorded, SHAPES[t].amended, SHAPES[t].retracted)},
    perform=perform,
    queue="alerts",
    priority=0,
)
