"""Seats in time: the day is a grid of five-minute cells, and an appointment takes one seat in every cell it touches.

Each seat is a unique key of the event store, so two appointments can never sit on one.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from domain.kernel.unique import UniqueKey

SCOPE = "slot"
CELL_SECONDS = 300
#: Seats beyond the capacity that deliberate overbooking may use.
SPARE_SEATS = 10


def cell_of(instant: datetime) -> int:
    """Return the number of the five-minute cell since 1970 (UTC) that an aware ``instant`` lies in."""
    return int(instant.timestamp()) // CELL_SECONDS


def begin_of(cell: int) -> datetime:
    """Return the instant at which a cell begins."""
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)


def cells_of(starts: datetime, minutes: int) -> range:
    """Return every cell that ``minutes`` from ``starts`` touch."""
    return range(cell_of(starts), -(-(int(starts.timestamp()) + minutes * 60) // CELL_SECONDS))


def seat_key(practitioner_id: UUID, cell: int, seat: int) -> UniqueKey:
    """Return the key that stands for one seat."""
    return UniqueKey(SCOPE, f"{practitioner_id}:{cell}:{seat}")


class Slot(msgspec.Struct, frozen=True):
    """The seats an appointment takes: ``seats[n]`` in cell ``first_cell + n``."""

    first_cell: int
    seats: tuple[int, ...]

    @property
    def cells(self) -> range:
        """The cells, in order."""
        return range(self.first_cell, self.first_cell + len(self.seats))

    @property
    def seat_of(self) -> dict[int, int]:
        """Seat by cell."""
        return dict(zip(self.cells, self.seats, strict=True))

    def beyond(self, capacity: int) -> bool:
        """Whether any seat is one that only overbooking may give."""
        return any(seat >= capacity for seat in self.seats)

    def keys(self, practitioner_id: UUID) -> tuple[UniqueKey, ...]:
        """Return the keys of all its seats."""
        return tuple(seat_key(practitioner_id, cell, seat) for cell, seat in self.seat_of.items())


def first_choice(cells: range, kept: Mapping[int, int]) -> Slot:
    """Return the seats to try before anything is known: those kept, and seat 0 elsewhere."""
    return Slot(cells.start, tuple(kept.get(cell, 0) for cell in cells))


def choose(cells: range, seats: int, kept: Mapping[int, int], taken: Mapping[int, Collection[int]]) -> Slot | None:
    """Return the lowest free seat under ``seats`` in every cell (a kept seat stays), or None where a cell is full."""
    chosen: list[int] = []
    for cell in cells:
        seat = kept.get(cell)
        if seat is None:
            seat = lowest_free(seats, taken.get(cell, ()))
        if seat is None:
            return None
        chosen.append(seat)
    return Slot(cells.start, tuple(chosen))


def lowest_free(seats: int, taken: Collection[int]) -> int | None:
    """Return the lowest of ``seats`` seats that is not taken, or None."""
    return next((seat for seat in range(seats) if seat not in taken), None)
