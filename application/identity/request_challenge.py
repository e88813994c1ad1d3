"""Request a one-time code: the same command whether or not anybody has the address that was typed."""

from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.identity.challenge import Challenge
from domain.identity.kinds import Purpose


class RequestChallenge(Command, frozen=True, kw_only=True):
    """What was typed is kept elsewhere, under ``challenge_id``."""

    challenge_id: UUID
    purpose: Purpose


@use_case(RequestChallenge, "challenges:request")
async def handle(command: RequestChallenge, session: Session) -> Outcome:
    """Sending the code follows from what is recorded."""
    challenge = Challenge(command.challenge_id)
    challenge.request(command.purpose)
    return await session.commit(challenge)
