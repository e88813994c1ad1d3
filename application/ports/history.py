"""What one may ask of history for review: which events, and whose eyes they are opened for."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

MayOpen = Callable[[str], bool]
"""Whether the reader may see the personal fields of events of a topic."""


class Scope(NamedTuple):
    """Which events an account is of: those that meet everything given. ``since`` is in the window, ``until`` is not."""

    stream_id: UUID | None = None
    person_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    topics: list[str] | None = None
