"""What all machines share: how long they are played, and one stream as the event store keeps it."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy
from psycopg import sql

from adapters.codec.codec import Codec
from adapters.postgres.event_store import folded
from domain.catalogue import EVENTS
from domain.kernel.aggregate import Aggregate
from domain.kernel.errors import Refused

A = TypeVar("A", bound=Aggregate)
F = TypeVar("F", bound=Callable[..., Any])
Fact = tuple[str, dict[str, Any]]
"""What happened, as the last word of its topic, and the clear fields as they are stored."""

CODEC = Codec(EVENTS)
DONE, ILLEGAL = "done", "illegal-transition"
MOST = 4

STEPS, RUNS = 50, 2000
PROFILE = settings(stateful_step_count=STEPS + 1, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SHORT = settings(PROFILE, max_examples=15)
LONG = settings(PROFILE, max_examples=RUNS // 4)
#: A planted bug is hunted along a path that is the same in every build, and is not made smaller once it is found.
HUNT = settings(PROFILE, max_examples=1000, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)


class Stream(Generic[A]):
    """One stream: each command is decided on a fresh fold of what is stored, and leaves all its events or none."""

    def __init__(self, kind: type[A], stream_id: UUID) -> None:
        self.kind = kind
        self.id = stream_id
        self.rows: list[tuple[str, int, str]] = []
        self.facts: list[Fact] = []

    def load(self) -> A:
        return folded(CODEC, self.kind(self.id), self.rows)

    def attempt(self, act: Callable[[A], object]) -> tuple[A, str]:
        """Let a fresh aggregate act; return it with DONE, or with the code of the refusal. Nothing is kept."""
        aggregate = self.load()
        try:
            act(aggregate)
        except Refused as refused:
            return aggregate, refused.code
        return aggregate, DONE

    def keep(self, aggregate: A) -> None:
        """Store what is pending, as the event store would: encoded, its sealed part apart."""
        for event in aggregate.pending:
            clear, _ = CODEC.encode(event)
            self.rows.append((event.TOPIC, event.VERSION, clear))
            self.facts.append((event.TOPIC.rpartition(".")[2], json.loads(clear)))

    def play(self, act: Callable[[A], object]) -> str:
        """Let it act, and keep what it decided unless it refused; return what it said."""
        aggregate, said = self.attempt(act)
        if said == DONE:
            self.keep(aggregate)
        return said


class Tally:
    """How much was really played: runs, those of them that were not ended early, and steps."""

    def __init__(self) -> None:
        self.runs = 0
        self.whole = 0
        self.steps = 0


Drawn = SearchStrategy[Any] | Callable[[Any], SearchStrategy[Any]]
"""What an argument is drawn from; a function asks the machine first."""


class Turn(NamedTuple):
    """Something a machine can do ``when`` it holds, as often as others for each ``weight``."""

    method: Callable[..., object]
    weight: int
    when: Callable[[Any], object]
    drawn: dict[str, Drawn]

    def __repr__(self) -> str:
        return self.method.__name__


def one(machine: Any) -> SearchStrategy[int]:
    """Draw the number of one of the things a machine has made."""
    return some.sampled_from(range(len(machine.model)))


def room(machine: Any) -> bool:
    """Whether it may make another: of few things more is seen than of many."""
    return len(machine.model) < MOST


def turn(weight: int = 1, when: Callable[[Any], object] | None = None, **drawn: Drawn) -> Callable[[F], F]:
    """Mark a method as a turn; one about a thing is possible as soon as there are any."""

    def possible(machine: Any) -> object:
        return one not in drawn.values() or machine.model

    def mark(method: F) -> F:
        method.__dict__["turn"] = Turn(method, weight, when or possible, drawn)
        return method

    return mark


class Machine(RuleBasedStateMachine):
    """Base of the machines; ``tally`` counts runs and steps. Each step is one of the turns.

    Rules of their own would be switched off at random for whole runs, and what takes many together hardly be met.
    """

    TURNS: ClassVar[list[Turn]]

    def __init__(self, tally: Tally | None = None) -> None:
        super().__init__()
        self.tally = tally or Tally()
        self.tally.runs += 1
        self.steps = 0

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.TURNS = [
            *getattr(cls, "TURNS", ()),
            *(method.turn for method in vars(cls).values() if hasattr(method, "turn")),
        ]

    @classmethod
    def stage(cls, url: Callable[[], str], folder: Path) -> AbstractContextManager[object]:
        """Prepare what runs of it stand on; ``url()`` is a fresh database."""
        return nullcontext()

    def teardown(self) -> None:
        self.tally.steps += self.steps
        self.tally.whole += self.steps >= STEPS
        self.clean()

    def clean(self) -> None:
        """Remove what the run has left."""

    @rule(data=some.data())
    def take_a_turn(self, data: some.DataObject) -> None:
        """Take a turn, any that is possible now."""
        self.steps += 1
        possible = [each for each in self.TURNS if each.when(self) for _ in range(each.weight)]
        chosen = data.draw(some.sampled_from(possible), label="turn")
        drawn = {name: each(self) if callable(each) else each for name, each in chosen.drawn.items()}
        chosen.method(self, **{name: data.draw(each, label=name) for name, each in drawn.items()})


Make = Callable[..., Machine]
"""A machine, or one with a variant planted in it; called with ``tally``."""


def play(make: Make, form: settings, whole: int = 0) -> Tally:
    """Play a machine, until so many runs were ``whole``; a divergence raises AssertionError."""
    tally = Tally()
    while not tally.runs or tally.whole < whole:
        run_state_machine_as_test(partial(make, tally=tally), settings=form)  # type: ignore[arg-type]  # it calls it
    return tally


def ids(first: int) -> Iterator[UUID]:
    """Yield ids, one after another."""
    while True:
        yield UUID(int=(0x01900000_0000_7000_8000 << 48) + first)
        first += 1


def relax(url: str) -> None:
    """Let a database's commits not wait for the disk: it is played with, and thrown away."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
