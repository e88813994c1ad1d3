"""Commands that wait together travel together: one round trip and one commit for what queued up meanwhile."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog

from adapters.postgres.batch import APPEND, Verdict, Written, documents
from application.ports.event_store import StoreUnavailable, UndecodableData

BATCH = 64
AGAIN = 20
RECONNECT_SECONDS = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
log = structlog.get_logger("event_store")

Waiting = tuple[Written, "asyncio.Future[Verdict]", int]


class Batcher:
    """Sends commands over a few connections of its own. A command alone goes at once.

    When a connection dies with commands under way, they are sent again as they are: one that was committed is then
    refused as recorded already, and so the truth is learnt whichever way it went.
    """

    def __init__(self, url: str, flights: int) -> None:
        self._url = url
        self._queue: deque[Waiting] = deque()
        self._contended: deque[Waiting] = deque()
        self._free: list[psycopg.AsyncConnection[Any] | None] = [None] * flights
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._closed = False

    async def submit(self, command: Written) -> Verdict:
        """Return what became of ``command``. Raises StoreUnavailable when the store stays out of reach."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._queue.append((command, future, 0))
        self._schedule()
        return await future

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        self._closed = True
        while self._tasks or self._queue or self._contended:
            await asyncio.gather(*self._tasks)
            await asyncio.sleep(0)
        for connection in self._free:
            if connection is not None:
                await connection.close()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._depart)

    def _depart(self) -> None:
        self._scheduled = False
        while self._free and (self._queue or self._contended):
            if self._contended:
                batch = [self._contended.popleft()]
            else:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            task = asyncio.get_running_loop().create_task(self._fly(self._free.pop(), batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fly(self, connection: psycopg.AsyncConnection[Any] | None, batch: list[Waiting]) -> None:
        try:
            connection, verdicts = await self._send(connection, [command for command, _, _ in batch])
            self._settle(batch, verdicts)
        except (psycopg.DataError, psycopg.IntegrityError, ValueError) as error:
            connection = await self._judge_data(connection, batch, error)
        except Exception as error:
            for _, future, _ in batch:
                if not future.done():
                    future.set_exception(error)
        finally:
            self._free.append(connection)
            self._schedule()

    def _settle(self, batch: list[Waiting], verdicts: Sequence[Verdict]) -> None:
        for (command, future, sent), verdict in zip(batch, verdicts, strict=True):
            if future.done():
                continue
            if verdict.outcome != "again":
                future.set_result(verdict)
            elif sent < AGAIN:
                self._contended.append((command, future, sent + 1))
            else:
                future.set_result(Verdict("version", verdict.detail, None))

    async def _judge_data(
        self, connection: psycopg.AsyncConnection[Any] | None, batch: list[Waiting], error: Exception
    ) -> psycopg.AsyncConnection[Any] | None:
        """Something in the batch is not data PostgreSQL takes: alone it is refused, in company each goes alone."""
        if len(batch) > 1:
            self._contended.extend(batch)
            return connection
        if not batch[0][1].done():
            refused = UndecodableData(f"the store does not take this event's data ({type(error).__name__})")
            batch[0][1].set_exception(refused)
        return connection

    async def _send(
        self, connection: psycopg.AsyncConnection[Any] | None, commands: list[Written]
    ) -> tuple[psycopg.AsyncConnection[Any], list[Verdict]]:
        parameters = documents(commands)
        for wait in RECONNECT_SECONDS:
            try:
                if connection is None or connection.closed:
                    await asyncio.sleep(wait)
                    connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                cursor = await connection.execute(APPEND, parameters, prepare=True, binary=True)
                rows = await cursor.fetchall()
            except (psycopg.OperationalError, OSError) as error:
                log.warning("event_store.append.sent_again", error=type(error).__name__, commands=len(commands))
                if connection is not None and not connection.closed and not connection.broken:
                    await asyncio.sleep(wait)
                    continue
                connection = None
                continue
            verdicts = {row[0]: Verdict(row[1], row[2], row[3]) for row in rows}
            return connection, [verdicts[n] for n in range(1, len(commands) + 1)]
        raise StoreUnavailable("The event store cannot be reached: try again, with the same Idempotency-Key.")
