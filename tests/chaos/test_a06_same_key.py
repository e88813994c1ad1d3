"""One Idempotency-Key, used by twenty at once, with another body, and after the connection was cut."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any, NamedTuple

import msgspec
import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.event_store import PostgresEventStore
from application.kernel.context import Context, Outcome
from application.ports.event_store import Commit
from tests.chaos import figures
from tests.chaos.asker import Answer, Asker, NoAnswer
from tests.chaos.racing import Crowd, Wish, two_apis, weak_house
from tests.chaos.rig import Rig

CLIENTS, CUTS, LOST, KINDS = 20, 4, 2, 4
#: Whoever hangs up while waiting does so within this time, in seconds.
LONGEST = 0.05
TEN = datetime(2031, 3, 3, 10, tzinfo=UTC)
REUSED = "idempotency-key-reused"
_EVENTS = "SELECT count(*) FROM event_store.events WHERE meta->>'actor' = %s"
Body = dict[str, Any]


class Kind(NamedTuple):
    """Something to ask for under a key. ``bodies``: two that differ, both good; ``events``: how many come of one."""

    name: str
    method: str
    path: str
    bodies: tuple[Body, Body]
    events: int = 1


def kinds(visit: str, starts: datetime) -> tuple[Kind, ...]:
    """Return what is asked for; ``visit`` starts at ``starts``: moved there, it stays where it is."""
    patient, doctor = str(uuid7()), str(uuid7())
    wanted = {"patientId": patient, "doctorId": doctor, "date": TEN.isoformat(), "outright": True}
    pulse = {"patientId": patient, "type": "heart_rate", "value": "72", "unit": "bpm"}
    plan = {"name": "Plan", "amount": 79, "currency": "EUR", "interval": "MONTHLY", "isUnlimitedAppointments": True}
    stay = {"date": starts.isoformat()}
    return (
        Kind("booking", "POST", "/api/appointments", (wanted, wanted | {"minutes": 45})),
        Kind("vital", "POST", "/api/ehr/vitals", (pulse, pulse | {"value": "73"})),
        Kind("plan", "POST", "/api/billing/plans", (plan, plan | {"name": "Another"})),
        Kind("nothing", "PUT", f"/api/appointments/{visit}", (stay, stay | {"minutes": 30}), 0),
    )


class Round:
    """One actor with one key: whatever is stored in its name came of it."""

    def __init__(self, rig: Rig, url: str, kind: Kind) -> None:
        self.rig = rig
        self.kind = kind
        self.actor, self.key = uuid7(), str(uuid7())
        self.crowd = Crowd(rig, url, CLIENTS, self.actor)
        self.found: list[str] = []

    def asking(self, body: Body) -> Wish:
        headers = {"Idempotency-Key": self.key}
        return lambda asker: asker.ask(self.kind.method, self.kind.path, headers, body)

    async def all_at_once(self, bodies: Sequence[Body]) -> list[Answer]:
        return await self.crowd.at_once([self.asking(body) for body in bodies], REUSED)

    def one_answer(self, answers: Sequence[Answer]) -> None:
        told = {(a.status, msgspec.json.encode(a.data), a.headers.get("x-position")) for a in answers}
        if len(told) != 1:
            self.found.append(f"{self.kind.name}: {len(told)} answers")

    def close(self) -> list[str]:
        events = int(self.rig.look(_EVENTS, str(self.actor))[0][0])
        if events != self.kind.events:
            self.found.append(f"{self.kind.name}: {events} events")
        self.crowd.close()
        return self.found + self.crowd.found()


async def twenty_fold(its: Round) -> None:
    """The same twenty times at once, and once more."""
    first = await its.all_at_once([its.kind.bodies[0]] * CLIENTS)
    again = await its.all_at_once([its.kind.bodies[0]])
    its.one_answer([*first, *again])


async def another_body(its: Round) -> None:
    """Half of them say something else: whoever was first is answered, all others are told that the key was used."""
    bodies = list(islice(cycle(its.kind.bodies), CLIENTS))
    answers = await its.all_at_once(bodies)
    right = {bodies.index(body) % 2 for body, answer in zip(bodies, answers, strict=True) if answer.status < 300}
    if len(right) != 1:
        its.found.append(f"{its.kind.name}: {len(right)} of two requests were answered")
        return
    its.one_answer([answer for answer in answers if answer.status < 300])
    late = await its.all_at_once(its.kind.bodies)
    if [answer.status for answer in late].index(422) == right.pop():
        its.found.append(f"{its.kind.name}: the other request is answered later")


async def cut_in_the_middle(its: Round) -> None:
    """All hang up while they ask or wait, some commits are lost on their way back, and all ask until they are told."""
    chance = random.Random(its.actor.int)
    kind, headers, body = its.kind, {"Idempotency-Key": its.key}, its.kind.bodies[0]
    its.rig.proxy.lose(LOST)

    async def insist(asker: Asker) -> Answer:
        for _ in range(CUTS):
            if chance.random() < 0.5:
                await asker.hang_up(kind.method, kind.path, headers, body, share=chance.random())
            with suppress(NoAnswer, TimeoutError):
                await asyncio.wait_for(its.asking(body)(asker), chance.random() * LONGEST)
        while True:
            with suppress(NoAnswer):
                answer = await its.asking(body)(asker)
                if answer.status != 503:
                    return answer
            await asyncio.sleep(0.1)

    answers = await asyncio.gather(*map(insist, its.crowd.askers))
    its.rig.proxy.lose(0)
    its.crowd.unexpected += [f"somebody was told {a.status} {a.code}" for a in answers if a.status >= 300]
    its.one_answer([answer for answer in answers if answer.status < 300])


Attack = Callable[[Round], Awaitable[None]]
ATTACKS: tuple[Attack, ...] = (twenty_fold, another_body, cut_in_the_middle)
#: By turns of three and of four everything meets everything in this many rounds.
EVERYTHING = KINDS * len(ATTACKS)


async def rounds(rig: Rig, url: str, count: int, attacks: Sequence[Attack] = ATTACKS) -> list[str]:
    """The attack: each way of using a key twice, for each kind of request; as many of each as there are rounds."""
    desk = Crowd(rig, url, 1)
    starts, doctor = TEN + timedelta(days=1), str(uuid7())
    body = {"patientId": str(uuid7()), "doctorId": doctor, "date": starts.isoformat(), "outright": True}
    (visit,) = await desk.each([lambda asker: asker.post("/api/appointments", body)])
    found: list[str] = []
    for number in range(count):
        its = Round(rig, url, kinds(visit.data["id"], starts)[number % KINDS])
        await attacks[number % len(attacks)](its)
        found += its.close()
    desk.close()
    return found


class Forgets(PostgresEventStore):
    """The weakness: commands are not remembered."""

    async def append(self, commit: Commit) -> int:
        return await super().append(
            commit._replace(context=msgspec.structs.replace(commit.context, command_id=uuid7()))
        )

    async def outcome(self, context: Context) -> Outcome | None:
        return None


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with two_apis(proxied=True) as made:
        yield made


class TestSameKey:
    """A6: twenty clients of two API processes use one Idempotency-Key at once: for the same request, for two requests
    that differ, and after hanging up in the middle, while commits get lost on their way back. Withstood when there is
    one effect and one answer, and whoever asks for something else under the key is told so (422). Control: a store that
    does not remember commands."""

    def attack(self, rig: Rig, count: int, *, long: bool = False) -> None:
        found = asyncio.run(rounds(rig, rig.api_url, count))
        figures.record(
            "A6", reached=not found, long=long, rounds=count, clients=CLIENTS, lost=rig.proxy.lost, found=len(found)
        )
        assert found == []

    def test_has_one_effect_and_one_answer(self, rig: Rig) -> None:
        self.attack(rig, EVERYTHING)

    @pytest.mark.long
    def test_has_one_effect_and_one_answer_three_hundred_times(self, rig: Rig) -> None:
        self.attack(rig, 300, long=True)

    def test_has_many_effects_where_commands_are_forgotten(self, rig: Rig) -> None:
        async def attack() -> list[str]:
            async with weak_house(rig, Forgets) as url:
                return await rounds(rig, url, KINDS, (twenty_fold,))

        found = asyncio.run(attack())
        assert f"vital: {CLIENTS + 1} events" in found
        assert any("answers" in finding for finding in found)
