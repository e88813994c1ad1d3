"""First answers, by who asked under which key: whoever asks the same again is given the same again."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel.errors import Kind, Refused


class RequestUnderWay(Refused):
    """The first request under this Idempotency-Key is still being answered."""

    code = "request-under-way"
    kind = Kind.CONFLICT


class Asked(NamedTuple):
    """A request: in whose tenant, by whom, under which key, and all that it says."""

    tenant_id: UUID
    who: str
    key: str
    request: bytes


class Given(NamedTuple):
    """An answer, and whether it was given before."""

    answer: bytes
    again: bool


class FirstAnswers(Protocol):
    """Port to the answers. They are kept for a day, readable only to who brings the whole request again."""

    async def give(self, asked: Asked, make: Callable[[], Awaitable[bytes]]) -> Given:
        """Return the first answer, or what ``make`` answers now, kept from here on; nothing is kept when it raises.

        Raises CommandKeyReused, RequestUnderWay, StoreUnavailable.
        """
        ...
