"""Whoever asked for a code is sent one, if it is for anybody. The event has only ids: whose address was typed is found
out here, and the code made here, from the challenge's id under the platform's key: performed twice it is the same. It
lies nowhere but hashed in its table and sealed in the notice."""

from collections.abc import Iterable
from uuid import UUID

from application.kernel.process import Due, Effect, Process
from application.kernel.world import World
from domain.identity.events import ChallengeRequested
from domain.identity.kinds import Purpose
from domain.identity.platform import PLATFORM
from domain.kernel.recorded import Recorded

TEMPLATES = {
    Purpose.REGISTER: "confirm-registration",
    Purpose.SIGN_IN: "sign-in-code",
    Purpose.RESET_PASSWORD: "reset-password",
}
TAKEN = "already-registered"


def derive(event: ChallengeRequested, recorded: Recorded) -> Iterable[Due]:
    """At once."""
    yield Due({"challenge_id": str(event.challenge_id), "purpose": event.purpose.value})


async def perform(effect: Effect, world: World) -> None:
    """Look up whom it is for, make the code, hand it over; or do nothing when nobody has the address."""
    challenge_id, purpose = UUID(effect.ids["challenge_id"]), Purpose(effect.ids["purpose"])
    asked = await world.challenges.asked(challenge_id)
    if asked is None:
        return
    holder = await world.accounts.holder(asked.email)
    secret, template = {"to": asked.email}, TEMPLATES[purpose]
    if purpose is Purpose.REGISTER and holder is not None:
        template = TAKEN
    elif purpose is not Purpose.REGISTER and holder is None:
        return
    else:
        code = await world.challenges.issue(challenge_id)
        if code is None:
            return
        secret["code"] = code
    ids = {"challenge_id": str(challenge_id)}
    await world.notifier.notify(PLATFORM, effect.key, template, holder or challenge_id, ids, secret)


PROCESS = Process(
    name="send-code-when-challenge-is-requested",
    on={ChallengeRequested: derive},
    perform=perform,
    queue="notices",
    priority=0,
)
