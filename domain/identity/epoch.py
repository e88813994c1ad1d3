"""How far a token knows the streams it rests on; whatever is withdrawn there later ends it."""

from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from domain.kernel.ids import derived_id

#: Of a token signed by hand: no withdrawal from a user or a membership ends it before it expires.
FOREVER = 2**31 - 1


class Epoch(NamedTuple):
    """The versions of the user and of the membership up to which a token was made."""

    user: int
    membership: int


@lru_cache(maxsize=4096)
def membership_id(organization_id: UUID, user_id: UUID) -> UUID:
    """Return the stream, in the organisation's tenant, of a user's membership there: there is one, or none."""
    return derived_id("membership", organization_id, user_id)
