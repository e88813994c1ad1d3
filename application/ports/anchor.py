"""Who keeps checkpoints outside the database, out of reach of whoever owns it."""

from typing import NamedTuple, Protocol
from uuid import UUID


class SignedCheckpoint(NamedTuple):
    """A signed note about one log at one size; the last leaf's position (0 for the top log)."""

    kind: str
    tenant_id: UUID
    size: int
    position: int
    note: str


class Anchor(Protocol):
    """Port to one place outside."""

    @property
    def name(self) -> str: ...

    def receive(self, checkpoint: SignedCheckpoint) -> None:
        """Keep it for ever, or raise: then it is handed over again later. Twice the same is as good as once."""
        ...
