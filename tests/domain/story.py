"""Domain tests read as: given these events, when this happens, then exactly these events, or this refusal."""

from collections.abc import Callable, Sequence
from typing import Generic, Self, TypeVar
from uuid import UUID

import pytest

from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import Refused
from domain.kernel.event import DomainEvent

A = TypeVar("A", bound=Aggregate)
STREAM = UUID("01900000-0000-7000-8000-000000000001")


class Story(Generic[A]):
    """``given(Appointment, booked).when(lambda a: a.confirm(...)).then(AppointmentConfirmed(...))``."""

    def __init__(self, aggregate: A) -> None:
        self._aggregate = aggregate
        self._act: Callable[[A], object] | None = None

    def when(self, act: Callable[[A], object]) -> Self:
        self._act = act
        return self

    def then(self, *events: DomainEvent) -> A:
        assert self._act is not None
        self._act(self._aggregate)
        assert self._aggregate.pending == list(events)
        return self._aggregate

    def refused(self, error: type[Refused]) -> Refused:
        assert self._act is not None
        with pytest.raises(error) as caught:
            self._act(self._aggregate)
        assert self._aggregate.pending == []
        return caught.value


def given(aggregate: type[A], *events: DomainEvent, stream: UUID = STREAM) -> Story[A]:
    """Start a story with the stream's history."""
    history: Sequence[DomainEvent] = events
    return Story(aggregate(stream).replay(history))
