"""Nothing keeps a class of a person's data any longer: the journal notes its key, and the key is destroyed."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from application.ports.erasure_journal import JournalEntry
from application.ports.personal_keys import Gone
from application.privacy.note_class_erased import NoteClassErased
from domain.kernel.event import Retention
from domain.kernel.recorded import Recorded
from domain.privacy.events import ClassReleased


def derive(event: ClassReleased, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due(
        {
            "erasure_id": str(recorded.stream_id),
            "person_id": str(event.person_id),
            "retention": event.retention.value,
        }
    )


async def perform(effect: Effect, world: World) -> None:
    """Journal, destroy, note."""
    retention = Retention(effect.ids["retention"])
    gone = await destroyed(world, effect, UUID(effect.ids["person_id"]), retention)
    command = NoteClassErased(
        erasure_id=UUID(effect.ids["erasure_id"]),
        retention=retention,
        key_id=gone.key_id,
        destroyed_at=gone.destroyed_at,
    )
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


async def destroyed(world: World, effect: Effect, subject_id: UUID, retention: Retention) -> Gone:
    """Destroy the key of a class after the journal has it; done twice, it ends the same."""
    held = await world.keys.held(effect.tenant_id, subject_id)
    for found in held:
        if found.retention is retention:
            entry = JournalEntry(effect.tenant_id, subject_id, retention, found.key_id, effect.due_at)
            await world.journal.note(entry)
    return await world.keys.destroy(effect.tenant_id, subject_id, retention)


PROCESS = Process(
    name="destroy-key-when-class-is-released", on={ClassReleased: derive}, perform=perform, queue="privacy", priority=1
)
