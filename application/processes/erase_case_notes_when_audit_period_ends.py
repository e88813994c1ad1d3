"""The words of a closed case are kept as long as audit documentation is, and then they go too."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.privacy.note_case_notes_erased import NoteCaseNotesErased
from application.processes.destroy_key_when_class_is_released import destroyed
from domain.kernel.event import Retention
from domain.kernel.recorded import Recorded
from domain.privacy.case_file import CaseFile, file_id
from domain.privacy.events import ErasureCompleted, ErasureRefused, LegalHoldLifted
from domain.privacy.retention import PERIODS


def derive(event: ErasureCompleted | ErasureRefused | LegalHoldLifted, recorded: Recorded) -> Iterable[Due]:
    """When the audit period of a case that ends now is over."""
    case_id = event.hold_id if isinstance(event, LegalHoldLifted) else recorded.stream_id
    ends = PERIODS[Retention.AUDIT].ends(recorded.recorded_at.date())
    yield Due({"case_id": str(case_id)}, datetime.combine(ends, time.min, UTC))


async def perform(effect: Effect, world: World) -> None:
    """Destroy the case's key, where there are any words."""
    case_id = UUID(effect.ids["case_id"])
    case = await world.store.load(CaseFile, effect.tenant_id, file_id(case_id))
    if not case.version or case.erased:
        return
    gone = await destroyed(world, effect, case_id, Retention.AUDIT)
    command = NoteCaseNotesErased(case_id=case_id, key_id=gone.key_id, destroyed_at=gone.destroyed_at)
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="erase-case-notes-when-audit-period-ends",
    on={ErasureCompleted: derive, ErasureRefused: derive, LegalHoldLifted: derive},
    perform=perform,
    queue="privacy",
    priority=9,
)
