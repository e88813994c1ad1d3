"""Free times are the hours less what is blocked and taken, under any history, and rebuilt the same."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.civil import CivilTime
from domain.kernel.event import DomainEvent
from domain.scheduling.appointment import Appointment
from domain.scheduling.calendar import PractitionerCalendar
from domain.scheduling.details import Details
from domain.scheduling.hours import Hours
from domain.scheduling.kinds import AppointmentType, CancellationCode, Party
from domain.scheduling.slots import cells_of, choose
from projections.free_times import queries
from projections.free_times.projector import READ_MODEL
from tests.domain.scheduling.examples import DOCTOR, NOW, PATIENT
from tests.projections.booked import DAY, LISBON, facts, story
from tests.projections.ground import ReadModelGround
from tests.projections.stage import Stage

FAR = datetime(2200, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(module_database_url, tmp_path_factory.mktemp("keys"), READ_MODEL) as made:
        yield made


def free(stage: Stage, tenant: UUID, first: date, last: date, minutes: int = 30) -> list[CivilTime]:
    kept = stage.ask(tenant, lambda reader: queries.working_hours(reader, tenant, DOCTOR))
    assert kept is not None
    return stage.ask(
        tenant,
        lambda reader: queries.free_times(
            reader, tenant, DOCTOR, kept, first=first, last=last, minutes=minutes, earliest=NOW, latest=FAR, limit=500
        ),
    )


class Clinic:
    """A practitioner's appointments in memory: the independent account the read model is held against."""

    def __init__(self, capacity: int, day: date) -> None:
        self.day, self.capacity = day, capacity
        self.calendar = PractitionerCalendar(uuid4())
        week = [Hours(d, "00:30", "04:00") for d in range(7)]
        self.calendar.set_hours(DOCTOR, week, LISBON, capacity=capacity)
        self.all: list[Appointment] = []
        self.told: list[tuple[UUID, DomainEvent]] = [(self.calendar.id, e) for e in self.calendar.pending]

    def taken(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for appointment in self.all:
            if appointment.slot is not None:
                for cell, seat in appointment.slot.seat_of.items():
                    found.setdefault(cell, set()).add(seat)
        return found

    def act(self, kind: str, minute: int, minutes: int, which: int) -> None:
        begins = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC) + timedelta(minutes=minute)
        starts = CivilTime.at(begins, LISBON)
        slot = choose(cells_of(starts.instant, minutes), self.capacity, {}, self.taken())
        live = [a for a in self.all if a.slot is not None]
        if kind == "book" and slot is not None:
            one = Appointment(uuid4())
            about = Details(PATIENT, DOCTOR, AppointmentType.IN_PERSON, starts, minutes)
            one.book(about, slot, capacity=self.capacity, now=NOW, hold_expires_at=None)
            self.all.append(one)
        elif kind == "move" and live and slot is not None:
            one = live[which % len(live)]
            one.reschedule(DOCTOR, starts, minutes, slot, capacity=self.capacity, now=NOW, by=Party.STAFF)
        elif kind == "cancel" and live:
            one = live[which % len(live)]
            one.cancel(CancellationCode.OTHER, Party.STAFF, DOCTOR)
        else:
            return
        self.told += [(one.id, event) for event in one.pending]
        one.pending.clear()

    def free(self, minutes: int) -> list[datetime]:
        """Every quarter of an hour of work, tried minute by minute against every appointment."""
        found, taken = [], self.taken()
        (span,) = (o for o in self.calendar.openings(*self.bounds()) if o.ends.date() == self.day)
        start = span.begins
        while start + timedelta(minutes=minutes) <= span.ends:
            instants = (start + timedelta(minutes=m) for m in range(minutes))
            cells = {int(instant.timestamp()) // 300 for instant in instants}
            if all(len(taken.get(cell, ())) < self.capacity for cell in cells):
                found.append(start)
            start += timedelta(minutes=15)
        return found

    def bounds(self) -> tuple[datetime, datetime]:
        noon = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        return noon, noon


acts = st.tuples(
    st.sampled_from(["book", "book", "move", "cancel"]), st.integers(0, 50).map(lambda n: n * 5),
    st.integers(1, 12).map(lambda n: n * 5), st.integers(0, 20),
)  # fmt: skip


@pytest.mark.requirement("R044")
@pytest.mark.requirement("R046")
class TestFreeTimes:
    @pytest.mark.parametrize("batch", [1, 3, 100])
    def test_are_the_hours_less_what_is_blocked_and_taken(self, stage: Stage, batch: int) -> None:
        tenant = uuid4()
        stage.apply(tenant, [fact for fact in facts(story()) if type(fact.event) in READ_MODEL.on], batch)
        clock = [starts.local[11:] for starts in free(stage, tenant, DAY, DAY)]
        hours = [f"{h:02}:{m:02}" for h in range(9, 13) for m in (0, 15, 30, 45)]
        assert clock == [time for time in hours[:-1] if time not in ("09:45", "10:00", "10:15")]
        following, blocked = DAY + timedelta(days=1), DAY + timedelta(days=2)
        assert len(free(stage, tenant, following, following)) == 15
        assert free(stage, tenant, blocked, blocked) == []

    @pytest.mark.parametrize("day", [DAY, date(2026, 3, 29), date(2026, 10, 25)])
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(happened=st.lists(acts, max_size=12), capacity=st.integers(1, 2), minutes=st.sampled_from([5, 30, 60]))
    def test_are_those_an_independent_account_leaves(
        self, stage: Stage, day: date, happened: list[tuple[str, int, int, int]], capacity: int, minutes: int
    ) -> None:
        clinic, tenant = Clinic(capacity, day), uuid4()
        for act in happened:
            clinic.act(*act)
        stage.apply(tenant, facts(clinic.told), 4)
        assert [starts.instant for starts in free(stage, tenant, day, day, minutes)] == clinic.free(minutes)

    def test_come_out_the_same_when_rebuilt(self, database_url: str, tmp_path: Path) -> None:
        ground = ReadModelGround(READ_MODEL, database_url, tmp_path)
        ground.tell(*story())
        assert ground.rebuild()
        assert ground.drain() == 0
