"""Commands at a rate: bookings decided and appended by the real use case, from a thread beside the attack."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, open_services
from adapters.settings import Settings
from application.kernel.context import Caller, Context
from application.scheduling.book_appointment import BookAppointment
from domain.scheduling.kinds import AppointmentType

STARTS = datetime(2031, 3, 3, 10, tzinfo=UTC)
POOL, AT_ONCE, PATIENTS = 8, 64, 50


class Load:
    """``done`` commands in ``seconds``."""

    def __init__(self, settings: Settings, tenant: UUID) -> None:
        self.done = 0
        self.seconds = 0.0
        self._settings = settings
        self._caller = Caller(tenant, uuid7(), frozenset({"clinic_admin"}))
        self._patients = [uuid7() for _ in range(PATIENTS)]
        self._stop = threading.Event()

    @property
    def rate(self) -> int:
        """Commands per second."""
        return round(self.done / self.seconds) if self.seconds else 0

    @contextmanager
    def at(self, rate: float) -> Iterator[None]:
        """Book ``rate`` times a second for the length of a block; it begins when the first is done."""
        begun = threading.Event()
        self._stop.clear()
        with ThreadPoolExecutor(1) as pool:
            booking = pool.submit(asyncio.run, self._book(begun, rate))
            while not begun.wait(0.1) and not booking.done():
                pass
            try:
                yield
            finally:
                self._stop.set()
                booking.result()

    def times(self, count: int) -> None:
        """Book so often, as fast as it goes."""

        async def book() -> None:
            services = await open_services(self._settings, POOL)
            try:
                for start in range(0, count, AT_ONCE):
                    await asyncio.gather(*(self._one(services) for _ in range(min(AT_ONCE, count - start))))
            finally:
                await services.close()

        asyncio.run(book())

    async def _book(self, begun: threading.Event, rate: float) -> None:
        services = await open_services(self._settings, POOL)
        try:
            await self._one(services)
            begun.set()
            start, before, room = time.monotonic(), self.done, asyncio.Semaphore(AT_ONCE)

            async def one() -> None:
                try:
                    await self._one(services)
                finally:
                    room.release()

            async with asyncio.TaskGroup() as group:
                sent = 0
                while not self._stop.is_set():
                    await room.acquire()
                    group.create_task(one())
                    sent += 1
                    await asyncio.sleep(max(0.0, start + sent / rate - time.monotonic()))
            self.seconds += time.monotonic() - start
            assert self.done > before
        finally:
            await services.close()

    async def _one(self, services: Services) -> None:
        command = BookAppointment(
            patient_id=self._patients[self.done % PATIENTS],
            practitioner_id=uuid7(),
            type=AppointmentType.IN_PERSON,
            starts=STARTS + timedelta(minutes=30 * (self.done % 10_000)),
            outright=True,
        )
        context = Context(self._caller, uuid7(), datetime.now(UTC), uuid7, uuid7())
        await services.dispatcher.dispatch(command, context)
        self.done += 1
