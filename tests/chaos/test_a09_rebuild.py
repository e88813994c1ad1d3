"""A9: a read model is rebuilt while commands go on, killed half-way, made by a wrong projector, rolled back."""

import time
from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from adapters.bootstrap import guarded
from adapters.codec.codec import Codec
from adapters.logins import Role, url_for
from adapters.postgres.feed import PostgresFeed, decoder
from domain.catalogue import EVENTS
from domain.kernel.recorded import Recorded
from domain.scheduling.events import AppointmentBooked
from projections.catalogue import READ_MODELS
from projections.kernel import generations
from projections.kernel.generations import Differs
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows
from tests.chaos import figures
from tests.chaos.invariants import Scene, findings
from tests.chaos.load import Load
from tests.chaos.rig import Rig, open_rig

NAME, RATE = "appointment", 200
MODEL = READ_MODELS[NAME]
_STATES = "SELECT generation, state FROM consumers.generations WHERE consumer = %s ORDER BY generation"


def forgetful(rows: Rows, event: AppointmentBooked, recorded: Recorded) -> None:
    """The control: a version of the projector that loses every seventh booking."""
    if recorded.position % 7:
        MODEL.on[AppointmentBooked](rows, event, recorded)


WRONG = MODEL._replace(on={**MODEL.on, AppointmentBooked: forgetful})


class Rebuilding:
    """Rebuilds of one read model, by the command line and by another version of its projector."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.random = Random(seed)
        self.kills = 0
        self._started = 0

    def states(self) -> dict[int, str]:
        """Return the state of every generation."""
        return dict(self.rig.look(_STATES, NAME))

    def live(self) -> int:
        """Return the live generation."""
        return next(generation for generation, state in self.states().items() if state == "live")

    def start(self, *arguments: str) -> str:
        """Start ``caretrail rebuild``; return the name it goes by."""
        self._started += 1
        name = f"rebuild-{self._started}"
        self.rig.start(name, NAME, *arguments)
        return name

    def end(self, name: str) -> int:
        """Wait for a rebuild; return its exit code."""
        return self.rig.wait(name)

    def kill_once(self) -> None:
        """Start a rebuild, and kill it at some moment after it has begun to fill a generation."""
        before = set(self.states())
        name = self.start()
        self.rig.until(lambda: set(self.states()) != before or name in self.rig.dead(), "the rebuild has begun")
        time.sleep(self.random.random() * 0.4)
        if name not in self.rig.dead():
            self.rig.kill(name)
            self.kills += 1

    def by(self, model: ReadModel, *, accept: bool = False) -> list[Any]:
        """Rebuild with a version of the projector, while everything else goes on."""
        url = guarded(url_for(self.rig.settings, Role.PROJECTOR))
        with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
            return generations.rebuild(one, PostgresFeed(two), decoder(Codec(EVENTS)), model, accept_differences=accept)


def rebuilt_under_fire(rig: Rig, load: Load, kills: int) -> list[str]:
    """The attack; return what speaks against the house."""
    found: list[str] = []
    rebuilding = Rebuilding(rig, seed=9)

    def note(holds: bool, otherwise: str) -> None:
        if not holds:
            found.append(otherwise)

    with load.at(RATE):
        first = rebuilding.live()
        while rebuilding.kills < kills:
            rebuilding.kill_once()
        note(rebuilding.end(rebuilding.start()) == 0, "a rebuild after those that were killed is not swapped in")
        second = rebuilding.live()
        note(second != first, "the generation that was built is not live")
        left = [state for state in rebuilding.states().values() if state == "building"]
        note(left == [], "what killed rebuilds have left is still there")
        try:
            rebuilding.by(WRONG)
            found.append("a wrong version of the projector was not refused")
        except Differs:
            note(rebuilding.live() == second, "the refused generation is live")
        rebuilding.by(WRONG, accept=True)
        note(rebuilding.end(rebuilding.start("--roll-back")) == 0, "rolling back failed")
        note(rebuilding.live() == second, "the generation before is not live again")
    rig.rest()
    return found + findings(Scene(rig.settings, rig.url), ("I2", "I3", "I4", "I5"))


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with open_rig(processes=("projector-1", "worker")) as made:
        yield made


class TestRebuild:
    """Attack: a read model is rebuilt by the command line under 200 commands a second, and killed again and again; then
    by a projector that loses every seventh booking, first as if it were right, then accepted, and rolled back.

    Withstood when the rebuild that ends is row for row what had grown, the wrong one is refused by the comparison and
    undone by one command, and at rest every read model is a fold from zero. Control: the wrong projector.
    """

    def test_is_killed_refused_and_rolled_back_under_load(self, rig: Rig) -> None:
        self.withstood(rig, bookings=500, kills=1)

    @pytest.mark.long
    def test_is_killed_ten_times_under_load(self, rig: Rig) -> None:
        self.withstood(rig, bookings=20_000, kills=10, long=True)

    def withstood(self, rig: Rig, bookings: int, kills: int, *, long: bool = False) -> None:
        load = Load(rig.settings, rig.tenant)
        load.times(bookings)
        rig.rest()  # there is a live generation to be rebuilt
        found = rebuilt_under_fire(rig, load, kills)
        figures.record("A9", reached=not found and (load.rate >= 0.9 * RATE or not long), long=long, kills=kills,
                       commands=load.done, commands_per_second=load.rate, findings=len(found))  # fmt: skip
        assert found == []
