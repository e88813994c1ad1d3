"""Finding an account by who somebody is elsewhere: by issuer and subject, which are looked for by a keyed hash."""

from typing import Protocol
from uuid import UUID


class Links(Protocol):
    """Port to the keyed hashes of identities."""

    async def id_of(self, issuer: str, subject: str) -> UUID:
        """Return the id of an identity's link: a keyed hash, the same each time."""
        ...

    async def holder(self, link_id: UUID) -> UUID | None:
        """Return to whose account it leads."""
        ...

    async def session_mark(self, issuer: str, session: str) -> UUID:
        """Return the keyed hash of a provider's session."""
        ...
