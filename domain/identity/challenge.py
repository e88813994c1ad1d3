"""A challenge: a code sent to an e-mail address, to be given back. What was sent, and where, is kept elsewhere."""

from typing import ClassVar
from uuid import UUID

from domain.identity.events import ChallengeMet, ChallengeRequested
from domain.identity.kinds import Purpose
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition


class ChallengeOver(IllegalTransition):
    """The code has been given back already."""

    code = "challenge-over"


class Challenge(Aggregate):
    """Met once, or never."""

    NAME: ClassVar[str] = "challenge"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.purpose: Purpose
        self.met = False

    def request(self, purpose: Purpose) -> None:
        """Ask for a code. Raises ChallengeOver: an id is used once."""
        if self.version:
            raise ChallengeOver("A code is asked for once.")
        self.record(ChallengeRequested(challenge_id=self.id, purpose=purpose))

    def meet(self, user_id: UUID) -> None:
        """Note whose mail the code came from. Raises ChallengeOver."""
        if self.met:
            raise ChallengeOver("This code has been used already.")
        self.record(ChallengeMet(challenge_id=self.id, user_id=user_id, purpose=self.purpose))

    @evolves
    def _on_requested(self, event: ChallengeRequested) -> None:
        self.purpose = event.purpose

    @evolves
    def _on_met(self, event: ChallengeMet) -> None:
        self.met = True
