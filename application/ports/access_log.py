"""Who looked: written before anything is shown, read back by auditors and by the people it is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.access.events import Entry
from domain.kernel.errors import Kind, Refused


class AccessNotRecorded(Refused):
    """The access could not be recorded, so nothing is shown."""

    code = "access-not-recorded"
    kind = Kind.UNAVAILABLE


class Looked(NamedTuple):
    """An entry in its place. ``id`` is the entry's; who looked from where is withheld where it is erased."""

    id: UUID
    position: int
    recorded_at: datetime
    entry: Entry


class Sought(NamedTuple):
    """Which entries are wanted: recorded in [``since``, ``until``), by one ``actor``, ``disclosures`` alone.

    ``before``: below this position, whenever that was recorded.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: UUID | None = None
    disclosures: bool = False
    before: int | None = None


class AccessLog(Protocol):
    """Port to the access log. Nothing in it is ever changed or removed."""

    async def record(self, tenant_id: UUID, entry: Entry) -> UUID:
        """Return the entry's id once it is durable. Raises AccessNotRecorded."""
        ...

    async def about(
        self, tenant_id: UUID, subject_id: UUID, sought: Sought, *, limit: int, offset: int
    ) -> tuple[Sequence[Looked], int]:
        """Return one page of the looks at a person, newest first, and how many there are."""
        ...
