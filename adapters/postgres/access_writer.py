"""Group commit of the access log: entries that wait together travel together, one round trip, one commit."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context

import psycopg
import structlog

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import entries
from adapters.postgres.line import Line

CALL = b"SELECT access_log.append($1)"
GROUP = 256
FLIGHTS = 3
RECONNECT_SECONDS = (0.0, 0.05, 0.2)
PATIENCE_SECONDS = 3.0
log = structlog.get_logger("access_log")

Waiting = tuple[StoredRow, "asyncio.Future[None]"]


class AccessWriter:
    """Writes over a few lines of its own. While groups are under way on all of them, what arrives makes up the next.

    A group whose acknowledgement was lost is sent again as it is: what was committed stays as it is.
    """

    def __init__(self, url: str, flights: int = FLIGHTS) -> None:
        self._url = url
        self._queue: deque[Waiting] = deque()
        self._lines: list[Line | None] = [None] * flights
        self._free = list(range(flights))
        self._flights: set[asyncio.Task[None]] = set()

    async def write(self, row: StoredRow) -> None:
        """Return once ``row`` is durable. Raises psycopg.Error, TimeoutError or OSError when it may not be."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((row, written))
        if self._free:
            flight = asyncio.get_running_loop().create_task(self._fly(self._free.pop()), context=Context())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)
        await written

    async def close(self) -> None:
        """Finish what is under way and close the connection."""
        await asyncio.gather(*self._flights)
        for line in self._lines:
            if line is not None:
                line.close()

    async def _fly(self, number: int) -> None:
        try:
            while self._queue:
                group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
                failure = await self._sent(number, [row for row, _ in group])
                for _, written in group:
                    if written.done():
                        continue
                    if failure is None:
                        written.set_result(None)
                    else:
                        written.set_exception(failure)
        finally:
            self._free.append(number)

    async def _sent(self, number: int, rows: Sequence[StoredRow]) -> Exception | None:
        """Send a group; return why it may not be durable."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._tried(number, rows)
        except Exception as error:
            return error

    async def _tried(self, number: int, rows: Sequence[StoredRow]) -> Exception | None:
        failure: Exception | None = None
        for wait in RECONNECT_SECONDS:
            try:
                await (await self._open(number, wait)).send([entries(rows)])
            except (psycopg.OperationalError, OSError) as error:
                log.warning("access_log.append.sent_again", error=type(error).__name__, entries=len(rows))
                failure = error
            else:
                return None
        return failure

    async def _open(self, number: int, wait: float) -> Line:
        if wait:
            await asyncio.sleep(wait)
        line = self._lines[number]
        if line is None or line.closed:
            line = self._lines[number] = await Line.open(self._url, CALL)
        return line
