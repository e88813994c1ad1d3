"""Finding an account by its e-mail address, which stands nowhere in the clear."""

from typing import Protocol
from uuid import UUID

from domain.kernel.unique import UniqueKey


class Accounts(Protocol):
    """Port to the keyed hashes of e-mail addresses."""

    async def key(self, email: str) -> UniqueKey:
        """Return the unique key, in the platform's tenant, of a normalised address."""
        ...

    async def holder(self, email: str) -> UUID | None:
        """Return whose account has a normalised address."""
        ...
