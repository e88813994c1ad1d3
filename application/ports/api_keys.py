"""The secrets of API keys: shown once, kept as hashes."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


class Owned(NamedTuple):
    """Which secret of which key of which organisation."""

    organization_id: UUID
    key_id: UUID
    credential_id: UUID


class Secret(NamedTuple):
    """A secret and what it begins with, which may be shown again."""

    text: str
    prefix: str


class ApiKeys(Protocol):
    """Port to the secrets of API keys. Whether one still opens anything, the key's own stream says."""

    def secret(self) -> Secret:
        """Return a new secret of 256 random bits."""
        ...

    async def keep(self, owned: Owned, text: str, until: datetime) -> None:
        """Keep the hash of a secret, before the key is said to have it."""
        ...

    async def find(self, text: str) -> Owned | None:
        """Return whose secret this is; None when it is none."""
        ...

    async def forget(self, text: str) -> None:
        """Forget a secret that nobody was given."""
        ...
