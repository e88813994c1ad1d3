"""Entries of a chart, and the alerts about them, judged by workers that may be late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import invariant

from application.processes.raise_alert_when_record_is_critical import PROCESS, judgement
from application.records.raise_alert import RaiseAlert
from application.records.withdraw_alert import WithdrawAlert
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Content, DomainEvent
from domain.kernel.recorded import Recorded, SealedCopy
from domain.records.critical_alert import CriticalAlert, alert_id
from domain.records.entry import AmendmentReason, RetractionReason
from domain.records.health_record import HealthRecord
from tests.properties.models.record import (
    DAY,
    DOCTOR,
    ENCOUNTER,
    HOUR,
    MEASURED,
    NOW,
    PATIENT,
    SAID,
    STANDS,
    TENANT,
    Entry,
    Said,
    seen,
    told,
)
from tests.properties.playing import DONE, Machine, Stream, Tally, ids, one, turn

MOST = 2

Judgement = RaiseAlert | WithdrawAlert | None
"""What a worker has decided about an entry and not done yet."""


class Chart(Machine):
    """Writes a chart; for every version a worker judges the entry as it then stands, and acts some time later."""

    said = some.sampled_from([*SAID, *(said for said in SAID if said.critical)])
    shifts = some.sampled_from([-2 * DAY, -DAY, -HOUR, 0 * HOUR, timedelta(minutes=5), timedelta(minutes=6), DAY])
    lengths = some.sampled_from([None, None, None, HOUR, HOUR, 0 * HOUR])

    def __init__(self, planted: type[Aggregate] = Aggregate, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.kind = planted if issubclass(planted, HealthRecord) else HealthRecord
        self.alert_kind = planted if issubclass(planted, CriticalAlert) else CriticalAlert
        self.now = NOW
        self.ids = ids(0x4000)
        self.model: list[Entry] = []
        self.streams: list[Stream[HealthRecord]] = []
        self.alerts: list[Stream[CriticalAlert]] = []
        self.history: list[list[Recorded]] = []
        self.waiting: list[int] = []
        self.judged: list[list[Judgement]] = []

    def why_not(self, said: Said, since: datetime, until: datetime | None) -> str:
        if not said.sound:
            return "invalid-content"
        if until is not None and until <= since:
            return "ends-before-it-starts"
        if said.kind in MEASURED and since > self.now + timedelta(minutes=5):
            return "not-yet-happened"
        return DONE

    def critical(self, said: Said, since: datetime) -> bool:
        return said.critical and not (said.kind == "vital" and self.now - since > DAY)

    def note(self, entry: int, event: DomainEvent) -> None:
        """Remember the event as workers read it, opened; one waits to judge it if the process says so."""
        stream = self.streams[entry]
        copy = SealedCopy(None, None, stream.id, len(stream.rows), event.TOPIC, 1)
        recorded = Recorded(event, 0, TENANT, stream.id, len(stream.rows), self.now, PATIENT, copy, "{}")
        self.history[entry].append(recorded)
        derive = PROCESS.on.get(type(event))
        self.waiting[entry] += len(list(derive(event, recorded))) if derive else 0

    def write(self, entry: int, act: Callable[[HealthRecord], object]) -> str:
        aggregate, said = self.streams[entry].attempt(act)
        if said == DONE:
            self.streams[entry].keep(aggregate)
            for event in aggregate.pending:
                self.note(entry, event)
        return said

    @turn(when=lambda self: len(self.model) < MOST, said=said, shift=shifts, length=lengths)
    def enter(self, said: Said, shift: timedelta, length: timedelta | None) -> None:
        since = self.now + shift
        until = None if length is None else since + length
        expected = self.why_not(said, since, until)
        stream = Stream(self.kind, next(self.ids))
        parts: list[list[Any]] = [self.streams, self.alerts, self.history, self.waiting, self.judged, self.model]
        alert = Stream(self.alert_kind, alert_id(stream.id))
        entry = Entry(said.kind, since, until, self.critical(said, since))
        for part, value in zip(parts, (stream, alert, [], 0, [], entry), strict=True):
            part.append(value)

        def act(r: HealthRecord) -> None:
            r.enter(said.content, patient_id=PATIENT, author_id=DOCTOR, effective_at=since, effective_until=until,
                    encounter_id=ENCOUNTER, now=self.now)  # fmt: skip

        assert self.write(len(self.model) - 1, act) == expected
        if expected == DONE:
            assert self.write(len(self.model) - 1, act) == "already-recorded"
        else:
            for part in parts:
                part.pop()

    @turn(weight=3, entry=one, said=said, other=some.sampled_from(range(8)), shift=some.none() | shifts, length=lengths)
    def amend(self, entry: int, said: Said, other: int, shift: timedelta | None, length: timedelta | None) -> None:
        own = self.model[entry]
        if other:  # mostly what fits and is sound
            fitting = [each for each in SAID if each.kind == own.kind and each.sound]
            said = fitting[other % len(fitting)]
        since, until = own.since, own.until
        if shift is not None:
            since = self.now + shift
            until = None if length is None else since + length
        expected = self.why_not(said, since, until)
        if own.retracted:
            expected = "record-retracted"
        elif said.kind != own.kind:
            expected = "wrong-content"
        given, ends = (None, None) if shift is None else (since, until)

        def act(r: HealthRecord) -> None:
            r.amend(said.content, author_id=DOCTOR, effective_at=given, effective_until=ends,
                    reason_code=AmendmentReason.CORRECTED, reason=None, now=self.now)  # fmt: skip

        assert self.write(entry, act) == expected
        if expected == DONE:
            own.since, own.until, own.version = since, until, own.version + 1
            own.critical = self.critical(said, since)

    @turn(entry=one, really=some.sampled_from(range(3)))
    def retract(self, entry: int, really: int) -> None:
        own = self.model[entry]
        if not own.retracted and really != 1:  # else little would be left to amend
            return
        expected = "record-retracted" if own.retracted else DONE
        own.version += not own.retracted
        own.retracted, own.critical = True, False
        reason = RetractionReason.DUPLICATE
        assert self.write(entry, lambda r: r.retract(author_id=DOCTOR, reason_code=reason, reason=None)) == expected

    @turn(weight=4, entry=one, held_up=some.booleans())
    def judge(self, entry: int, held_up: bool) -> None:
        """A worker takes up what waits, reads the entry, and acts; unless it is held up in between."""
        if not self.waiting[entry]:
            return
        self.waiting[entry] -= 1
        decided = judgement(self.streams[entry].id, self.history[entry])
        if held_up:
            self.judged[entry].append(decided)
        else:
            self.carry_out(self.alerts[entry], decided)

    @turn(weight=2, entry=one, last=some.booleans())
    def act(self, entry: int, last: bool) -> None:
        """One that was held up goes on; not always the one who was first."""
        if self.judged[entry]:
            self.carry_out(self.alerts[entry], self.judged[entry].pop(-last))

    def carry_out(self, alert: Stream[CriticalAlert], command: Judgement) -> None:
        given = {name: getattr(command, name) for name in command.__struct_fields__} if command else {}
        match command:
            case RaiseAlert():
                assert alert.play(lambda a: a.raise_for(given.pop("findings"), **given)) == DONE
            case WithdrawAlert():
                assert alert.play(lambda a: a.withdraw(**given)) == DONE

    @turn(entry=one)
    def acknowledge(self, entry: int) -> None:
        alert = self.alerts[entry]
        expected = DONE if alert.load().state == "raised" else "alert-not-open"
        assert alert.play(lambda a: a.acknowledge(by=DOCTOR, now=self.now)) == expected

    @turn(hours=some.sampled_from([1, 12, 25]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def events_and_aggregate_tell_what_the_model_knows(self) -> None:
        for stream, entry in zip(self.streams, self.model, strict=True):
            assert told(stream) == entry.picture()
            assert seen(stream.load()) == entry.picture()

    @invariant()
    def once_all_have_acted_an_alert_stands_for_what_is_critical_and_nothing_else(self) -> None:
        for number, entry in enumerate(self.model):
            if not self.waiting[number] and not self.judged[number]:
                assert (self.alerts[number].load().state in STANDS) is entry.critical


class EndForgotten(HealthRecord):
    """Planted: an amendment that leaves the period alone loses its end."""

    def amend(self, content: Content, *, effective_at: datetime | None = None, **rest: Any) -> None:
        super().amend(content, effective_at=effective_at or self.effective_at, **rest)


class UnjudgedWithdrawal(CriticalAlert):
    """Planted: without an alert nothing is withdrawn, although somebody may be about to raise one."""

    def withdraw(self, *, last_critical: int, **rest: Any) -> None:
        super().withdraw(last_critical=0, **rest)
