"""Whoever breaks the glass owes the privacy officer a notice: the very event that opens the chart carries it."""

from collections.abc import Iterable
from uuid import UUID

from application.access.note_privacy_notice import NotePrivacyNotice
from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.access.events import BreakGlassOpened
from domain.kernel.ids import derived_id
from domain.kernel.recorded import Recorded

TEMPLATE = "break-glass-opened"


def officer(tenant_id: UUID) -> UUID:
    """Return the address of a clinic's privacy officer: the office, whoever holds it."""
    return derived_id("office", tenant_id, "privacy_officer")


def derive(event: BreakGlassOpened, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"glass_id": str(recorded.stream_id)})


async def perform(effect: Effect, world: World) -> None:
    """Send the notice, and note that it went out."""
    ids = {"break_glass_id": effect.ids["glass_id"]}
    await world.notifier.notify(effect.tenant_id, effect.key, TEMPLATE, officer(effect.tenant_id), ids)
    command = NotePrivacyNotice(glass_id=UUID(effect.ids["glass_id"]))
    await world.act(command, tenant_id=effect.tenant_id, key=effect.key)


PROCESS = Process(
    name="notify-privacy-officer-when-glass-is-broken",
    on={BreakGlassOpened: derive},
    perform=perform,
    queue="alerts",
    priority=0,
)
