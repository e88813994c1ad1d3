"""Clients as they are: each asks one thing at a time, asks again under the same key until it is told, and notes what
it was told. Some give up."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.chaos.asker import Answer, NoAnswer
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Rig

FIRST = datetime(2031, 1, 1, tzinfo=UTC)
PULSE = {"type": "heart_rate", "value": "72", "unit": "bpm"}
PLAN = {"name": "Plan", "amount": 79, "currency": "EUR", "interval": "MONTHLY", "isUnlimitedAppointments": True}
#: A subscription is one stream, read whole for every use.
USES = 40
LATER = frozenset({429, 503})
GIVES_UP, PATIENCE = 0.05, 60.0
Send = Callable[[str], Awaitable[Answer]]


class Client:
    """One of the house's clients, with a practitioner of its own whose every time is asked for once.

    ``unexpected``: answers that nothing it asked for allows.
    """

    def __init__(self, rig: Rig, actor: UUID, ledger: Ledger) -> None:
        self.unexpected: list[str] = []
        self.acknowledged = 0
        self._rig = rig
        self._actor = actor
        self._ledger = ledger
        self._asker = rig.asker(actor=actor)
        self._chance = random.Random(actor.int)
        self._practitioner, self._patient = str(uuid7()), str(uuid7())
        self._times = 0
        self._open: list[str] = []
        self._subscription = ""
        self._uses = USES

    async def act(self) -> None:
        """Ask for one thing."""
        chance = self._chance.random()
        if chance < 0.15:
            await self.record()
        elif chance < 0.25:
            await self.look()
        elif chance < 0.35 and self._open:
            await self.cancel()
        elif chance < 0.45 and self._open:
            await self.cover()
        else:
            await self.book()

    async def book(self) -> None:
        """Book the next time there is."""
        self._times += 1
        starts = FIRST + timedelta(minutes=30 * self._times)
        body = {
            "patientId": self._patient,
            "doctorId": self._practitioner,
            "date": starts.isoformat(),
            "outright": True,
        }
        made = await self._command(lambda key: self._asker.post("/api/appointments", body, key=key))
        if made:
            self._open.append(str(made.data["id"]))

    async def record(self) -> None:
        """Record something that is sealed."""
        body = {"patientId": self._patient, **PULSE}
        await self._command(lambda key: self._asker.post("/api/ehr/vitals", body, key=key))

    async def cancel(self) -> None:
        """Call an appointment off; if it was covered, an effect gives its place back."""
        path = f"/api/appointments/{self._open.pop(self._chance.randrange(len(self._open)))}"
        await self._command(lambda key: self._asker.ask("DELETE", path, {"Idempotency-Key": key}))

    async def cover(self) -> None:
        """Let a subscription pay for the latest appointment: one transaction over two streams."""
        if self._uses >= USES:
            await self._subscribe()
            return
        self._uses += 1
        path = f"/api/billing/subscriptions/{self._subscription}/book-appointment/{self._open.pop()}"
        await self._command(lambda key: self._asker.post(path, key=key), events=2)

    async def look(self) -> None:
        """Read what is somebody's; who is put off does not insist."""
        request = uuid7()
        answer = await self._told(
            lambda key: self._asker.get("/api/appointments?limit=5", request_id=request), insist=False
        )
        if answer is not None and answer.status < 300:
            self._ledger.saw(request)

    def close(self) -> None:
        """Hang up."""
        self._asker.close()

    async def _subscribe(self) -> None:
        plan = await self._command(lambda key: self._asker.post("/api/billing/plans", PLAN, key=key))
        if plan is None:
            return
        # Whoever has a subscription cannot have another: from here on somebody else is booked for.
        self._patient, self._open = str(uuid7()), []
        body = {"userId": self._patient, "planId": plan.data["id"]}
        made = await self._command(lambda key: self._asker.post("/api/billing/subscriptions", body, key=key))
        if made is not None:
            self._subscription, self._uses = str(made.data["id"]), 0

    async def _command(self, send: Send, events: int = 1) -> Answer | None:
        """Ask for something to be done, and note what came of it; None when nobody was told, or it was refused."""
        key = str(uuid7())
        command = self._rig.command_id(self._actor, key)
        self._ledger.wish(command, events)
        answer = await self._told(lambda _: send(key))
        if answer is None:
            return None
        if answer.status >= 300:
            self._ledger.refused(command, answer.code)
            return None
        self._ledger.done(command, answer.position)
        self.acknowledged += 1
        return answer

    async def _told(self, send: Send, *, insist: bool = True) -> Answer | None:
        """Ask until there is an answer; None when it is given up."""
        end, last = time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            try:
                answer = await send("")
            except NoAnswer as error:
                last = str(error)
                if self._chance.random() < GIVES_UP:
                    return None
            else:
                if answer.status < 300:
                    return answer
                if answer.status not in LATER:
                    self.unexpected.append(f"{answer.status} {answer.code}")
                    return answer
                last = answer.code
            if not insist:
                return None
            await asyncio.sleep(0.05 + self._chance.random() * 0.2)
        self.unexpected.append(f"{last} for {PATIENCE:.0f} s")
        return None
