"""The links of invitations: what is sent, as hashes, and to whose address, as a keyed hash."""

from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel.unique import UniqueKey


class Kept(NamedTuple):
    """An invitation as its link knows it. ``account``: the unique key an account with that address would hold."""

    invitation_id: UUID
    organization_id: UUID
    account: UniqueKey


class Invitations(Protocol):
    """Port to the links of invitations."""

    async def keep(self, kept: Kept, expires_at: datetime) -> None:
        """Keep for whom an invitation is, before it is made."""
        ...

    async def of(self, invitation_id: UUID) -> Kept | None:
        """Return for whom an invitation is; None once it is over."""
        ...

    async def issue(self, invitation_id: UUID) -> str | None:
        """Return the link's secret, the same however often it is asked for, and keep its hash; None: it is over."""
        ...

    async def find(self, secret: str) -> Kept | None:
        """Return whose link has this secret; None when it is none or over."""
        ...

    async def forget(self, invitation_id: UUID) -> None:
        """Forget an invitation that is over, or was never made."""
        ...
