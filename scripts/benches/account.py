"""The account of one person: their events read, opened, folded and told, from the command line's way in."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, open_services
from adapters.logins import Role, url_for
from adapters.review.opening import reviewing
from adapters.review.review import Review
from adapters.settings import Settings
from application.kernel.context import Caller, Context, Outcome
from application.ports.event_store import Commit, StreamAppend
from application.ports.history import Scope
from domain.billing.bill import Occasion
from domain.billing.invoice import Invoice, Line
from domain.kernel.aggregate import Aggregate
from domain.kernel.civil import CivilTime
from domain.kernel.money import Money
from domain.records.content import Allergy, Vital, VitalType
from domain.records.entry import AmendmentReason
from domain.records.health_record import HealthRecord
from domain.scheduling.appointment import Appointment
from domain.scheduling.details import Details
from domain.scheduling.kinds import AppointmentType, CancellationCode, Party
from domain.scheduling.slots import cells_of, first_choice
from scripts.benches.common import Effort, Ground, Ratio, Result, in_turn, median, settings

EVENTS, OTHERS, TARGET_SECONDS = 5_000, 5, 1.0
TENANT, DOCTOR = uuid7(), uuid7()
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
STREAMS_PER_COMMIT = 40
_encode = msgspec.json.Encoder().encode


def run(ground: Ground, effort: Effort) -> Result:
    """Tell the same person's history again and again, each time with keys that have to be fetched first."""
    events, patient = effort.amount(EVENTS, 40), uuid7()
    with ground.database() as url, asyncio.Runner() as loop:
        chosen = Settings(state=ground.folder, database_url=url, redis_url=ground.servers.redis_url,
                          logins_file=ground.logins_file)  # fmt: skip
        loop.run(_fill(chosen, patient, events))
        found = loop.run(_timed(chosen, lambda review: _count(review, patient)))[1]
        sides: dict[str, Callable[[], float]] = {
            name: lambda ask=ask: loop.run(_timed(chosen, lambda review: ask(review, patient)))[0]  # type: ignore[misc]
            for name, ask in {"account": _account, "ndjson": _lines, "chart_difference": _difference}.items()
        }
        figures = in_turn(effort.rounds, sides)
        shown = settings(ground, effort, events_of_the_person=found, events_in_all=found * (OTHERS + 1))
    seconds = {f"{name}_seconds": round(median(times), 4) for name, times in figures.items()}
    of_5000 = seconds["account_seconds"] / found * EVENTS
    return Result("account", seconds, [Ratio("seconds_for_5000_events", of_5000, TARGET_SECONDS, at_most=True)], shown)


async def _timed(chosen: Settings, ask: Callable[[Review], Awaitable[int]]) -> tuple[float, int]:
    async with reviewing(chosen, url_for(chosen, Role.AUDITOR), url_for(chosen, Role.KEYS)) as review:
        started = time.perf_counter()
        found = await ask(review)
        return time.perf_counter() - started, found


async def _account(review: Review, patient: UUID) -> int:
    told = 0
    async for page in review.account(TENANT, Scope(person_id=patient), _everything):
        _encode(page.facts())
        told += len(page.entries)
    return told


async def _lines(review: Review, patient: UUID) -> int:
    return sum([lines.count(b"\n") async for lines in review.lines(TENANT, Scope(person_id=patient), _everything)])


async def _difference(review: Review, patient: UUID) -> int:
    begin, end = NOW - timedelta(days=3650), NOW + timedelta(days=3650)
    return len((await review.difference(TENANT, patient, _everything, begin, end, None)).facts())


async def _count(review: Review, patient: UUID) -> int:
    return sum([len(page) async for page in review.events(TENANT, Scope(person_id=patient), _everything)])


def _everything(topic: str) -> bool:
    return True


async def _fill(chosen: Settings, patient: UUID, events: int) -> None:
    """Let a person have a history of about ``events`` events, between those of others as long."""
    services = await open_services(chosen, 4)
    people = [patient, *(uuid7() for _ in range(OTHERS))]
    lives = [list(_life(person, events)) for person in people]
    for first in range(0, len(lives[0]), STREAMS_PER_COMMIT):
        await asyncio.gather(*(_append(services, life[first : first + STREAMS_PER_COMMIT]) for life in lives))
    await services.close()


async def _append(services: Services, things: list[Aggregate]) -> None:
    context = Context(
        caller=Caller(TENANT, DOCTOR, frozenset({"doctor"})), command_id=uuid7(), now=NOW, new_id=uuid7,
        correlation_id=uuid7(),
    )  # fmt: skip
    streams = [StreamAppend(thing.id, 0, thing.pending) for thing in things]
    await services.store.append(Commit(context, streams, [], [], Outcome(things[0].id, 1, 0, {})))


def _life(patient: UUID, events: int) -> Iterator[Aggregate]:
    """Yield things in turn: a vital, an allergy amended twice, a visit moved and called off, an invoice with lines."""
    makers: list[Any] = [_vital, _vital, _allergy, _visit, _invoice]
    made = number = 0
    while made < events:
        thing: Aggregate = makers[number % len(makers)](patient, number)
        made, number = made + len(thing.pending), number + 1
        yield thing


def _vital(patient: UUID, number: int) -> HealthRecord:
    record = HealthRecord(uuid7())
    pulse = Vital(type=VitalType.HEART_RATE, value=str(60 + number % 40), unit="/min", notes="At rest, sitting")
    record.enter(pulse, patient_id=patient, author_id=DOCTOR, effective_at=NOW, now=NOW)
    return record


def _allergy(patient: UUID, number: int) -> HealthRecord:
    record = HealthRecord(uuid7())
    record.enter(Allergy(allergen="Pollen"), patient_id=patient, author_id=DOCTOR, effective_at=NOW, now=NOW)
    for reaction in ("Sneezing", "Sneezing, itching eyes"):
        record.amend(Allergy(allergen="Pollen", reaction=reaction), author_id=DOCTOR, now=NOW, reason="Asked again",
                     reason_code=AmendmentReason.COMPLETED)  # fmt: skip
    return record


def _visit(patient: UUID, number: int) -> Appointment:
    visit, starts = Appointment(uuid7()), CivilTime.at(NOW + timedelta(days=2, hours=number % 8), "Europe/Lisbon")
    slot = first_choice(cells_of(starts.instant, 30), {})
    about = Details(patient, DOCTOR, AppointmentType.IN_PERSON, starts, 30)
    visit.book(about, slot, capacity=1, now=NOW, hold_expires_at=NOW + timedelta(minutes=30))
    visit.confirm(NOW)
    visit.cancel(CancellationCode.PATIENT_REQUEST, Party.PATIENT, patient, "Fell ill")
    return visit


def _invoice(patient: UUID, number: int) -> Invoice:
    invoice = Invoice(uuid7())
    invoice.draft(patient, "EUR", Occasion(), NOW)
    for line in range(3):
        invoice.add_line(Line(uuid7(), f"Visit {line + 1}", 1, Money(4_500, "EUR"), 2_300, ()))
    invoice.void(date(2026, 3, 2), "Billed twice")
    return invoice
