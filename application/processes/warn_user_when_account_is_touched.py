"""A user is told when their account's protection changes, so that it does not happen unnoticed."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import (
    PasswordChanged,
    RecoveryCodeUsed,
    SecondFactorEnrolled,
    SessionEnded,
    UserLinked,
    UserUnlinked,
)
from domain.identity.kinds import SessionEnd
from domain.identity.platform import PLATFORM
from domain.kernel.recorded import Recorded

TEMPLATES: dict[type, str] = {
    PasswordChanged: "password-changed",
    SecondFactorEnrolled: "second-factor-enrolled",
    RecoveryCodeUsed: "recovery-code-used",
    SessionEnded: "session-ended-for-safety",
    UserLinked: "sign-in-linked",
    UserUnlinked: "sign-in-unlinked",
}
Touched = PasswordChanged | SecondFactorEnrolled | RecoveryCodeUsed | UserLinked | UserUnlinked


def derive(event: Touched, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"user_id": str(event.user_id), "template": TEMPLATES[type(event)]})


def derive_end(event: SessionEnded, recorded: Recorded) -> Iterable[Due]:
    """Only of a session that ended because its refresh token was used twice: someone else may hold it."""
    if event.reason is SessionEnd.REFRESH_REUSED:
        ids = {"user_id": str(event.user_id), "session_id": str(event.session_id)}
        yield Due({**ids, "template": TEMPLATES[SessionEnded]})


async def perform(effect: Effect, world: World) -> None:
    """Tell the user; the mailer knows where."""
    told = {name: value for name, value in effect.ids.items() if name != "template"}
    user_id = UUID(effect.ids["user_id"])
    await world.notifier.notify(PLATFORM, effect.key, effect.ids["template"], user_id, told)


PROCESS = Process(
    name="warn-user-when-account-is-touched",
    on={
        PasswordChanged: derive,
        SecondFactorEnrolled: derive,
        RecoveryCodeUsed: derive,
        SessionEnded: derive_end,
        UserLinked: derive,
        UserUnlinked: derive,
    },
    perform=perform,
    queue="notices",
    priority=1,
)
