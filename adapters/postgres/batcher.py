"""Commands that wait together travel together: one round trip and one commit for what queued up meanwhile."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Context

import psycopg
import structlog
from psycopg.pq.abc import PGresult

from adapters.postgres.batch import CALL, Verdict, Written, documents, verdicts
from adapters.postgres.line import Line
from application.ports.event_store import StoreUnavailable, UndecodableData

BATCH = 64
FORGET = 8
AGAIN = 20
#: PostgreSQL gives up a statement of ours before: who is silent for longer is gone, whatever the network says.
ANSWER_SECONDS = 20.0
RECONNECT_SECONDS = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
log = structlog.get_logger("event_store")

Waiting = tuple[Written, "asyncio.Future[Verdict]", int]


class Batcher:
    """Sends commands over a few lines of its own. A command alone goes at once.

    Writers that are answered together come back together, and would for ever after fill one line and leave the others
    idle. So a batch departs as soon as it holds its line's share of the commands lately in the house.

    When a connection dies with commands under way, they are sent again as they are: one that was committed is then
    refused as recorded already, and so the truth is learnt whichever way it went.
    """

    def __init__(self, url: str, flights: int, batch: int = BATCH) -> None:
        self._url = url
        self._batch = batch
        self._queue: deque[Waiting] = deque()
        self._contended: deque[Waiting] = deque()
        self._lines: list[Line | None] = [None] * flights
        self._free = list(range(flights))
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._inside = 0
        self._lately = 0

    async def submit(self, command: Written) -> Verdict:
        """Return what became of ``command``. Raises StoreUnavailable when the store stays out of reach.

        Who is cancelled meanwhile (a request that takes too long) waits for the end all the same, and is then cancelled
        only if nothing was written: what is given up has not happened, and what has happened is answered.
        """
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._queue.append((command, future, 0))
        self._inside += 1
        try:
            if self._free and len(self._queue) * len(self._lines) >= max(self._lately, self._inside):
                self._depart()
            else:
                self._schedule()
            try:
                return await asyncio.shield(future)
            except asyncio.CancelledError:
                verdict = await _ended(future)
                if verdict.last_position is None:
                    raise
                return verdict
        finally:
            self._inside -= 1

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        while self._tasks or self._queue or self._contended:
            await asyncio.gather(*self._tasks)
            await asyncio.sleep(0)
        for line in self._lines:
            if line is not None:
                line.close()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._depart_all)

    def _depart_all(self) -> None:
        self._scheduled = False
        while self._free and (self._queue or self._contended):
            self._depart()

    def _depart(self) -> None:
        if self._contended:
            batch = [self._contended.popleft()]
        else:
            self._lately = max(self._inside, self._lately - 1 - self._lately // FORGET)
            batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
        number = self._free.pop()
        flight = self._fly(number, batch, self._launch(number, batch))
        # It serves many requests, so it carries no one's ids into the log.
        task = asyncio.get_running_loop().create_task(flight, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _launch(self, number: int, batch: list[Waiting]) -> "asyncio.Future[PGresult] | None":
        """Send the batch this instant, if its line is open: the server then works while the next batch is made."""
        line = self._lines[number]
        if line is None or line.closed:
            return None
        with suppress(psycopg.OperationalError, ValueError):  # said where it is sent again
            return line.send(documents([command for command, _, _ in batch]))
        return None

    async def _fly(self, number: int, batch: list[Waiting], sent: "asyncio.Future[PGresult] | None") -> None:
        try:
            self._settle(batch, await self._answers(number, [command for command, _, _ in batch], sent))
        except (psycopg.DataError, psycopg.IntegrityError, ValueError) as error:
            self._judge_data(batch, error)
        except Exception as error:
            for _, future, _ in batch:
                if not future.done():
                    future.set_exception(error)
        finally:
            self._free.append(number)
            self._schedule()

    def _settle(self, batch: list[Waiting], answers: Sequence[Verdict]) -> None:
        for (command, future, sent), verdict in zip(batch, answers, strict=True):
            if future.done():
                continue
            if verdict.outcome != "again":
                future.set_result(verdict)
            elif sent < AGAIN:
                self._contended.append((command, future, sent + 1))
            else:
                future.set_result(Verdict("version", verdict.detail, None))

    def _judge_data(self, batch: list[Waiting], error: Exception) -> None:
        """Something in the batch is not data PostgreSQL takes: alone it is refused, in company each goes alone."""
        if len(batch) > 1:
            self._contended.extend(batch)
        elif not batch[0][1].done():
            refused = UndecodableData(f"the store does not take this event's data ({type(error).__name__})")
            batch[0][1].set_exception(refused)

    async def _answers(
        self, number: int, commands: list[Written], sent: "asyncio.Future[PGresult] | None"
    ) -> list[Verdict]:
        for wait in RECONNECT_SECONDS:
            try:
                if sent is None:
                    sent = (await self._line(number, wait)).send(documents(commands))
                async with asyncio.timeout(ANSWER_SECONDS):
                    return verdicts(await sent, len(commands))
            except (psycopg.OperationalError, OSError) as error:
                log.warning("event_store.append.sent_again", error=type(error).__name__, commands=len(commands))
                sent = None
        raise StoreUnavailable("The event store cannot be reached: try again, with the same Idempotency-Key.")

    async def _line(self, number: int, wait: float) -> Line:
        await asyncio.sleep(wait)
        line = self._lines[number]
        if line is None or line.closed:
            line = self._lines[number] = await Line.open(self._url, CALL)
        return line


async def _ended(future: "asyncio.Future[Verdict]") -> Verdict:
    while not future.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([future])
    return future.result()
