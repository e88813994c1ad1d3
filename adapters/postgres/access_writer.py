"""Group commit of the access log: entries that wait together travel together, one round trip, one commit."""

import asyncio
from collections import deque
from collections.abc import Sequence

import psycopg
import structlog

from adapters.codec.mapper import StoredRow
from adapters.postgres.batch import entries
from adapters.postgres.line import Line

CALL = b"SELECT access_log.append($1)"
GROUP = 256
RECONNECT_SECONDS = (0.0, 0.05, 0.2)
PATIENCE_SECONDS = 3.0
log = structlog.get_logger("access_log")

Waiting = tuple[StoredRow, "asyncio.Future[None]"]


class AccessWriter:
    """Writes over a line of its own. While a group is under way, what arrives makes up the next.

    A group whose acknowledgement was lost is sent again as it is: what was committed stays as it is.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue: deque[Waiting] = deque()
        self._line: Line | None = None
        self._flight: asyncio.Task[None] | None = None

    async def write(self, row: StoredRow) -> None:
        """Return once ``row`` is durable. Raises psycopg.Error, TimeoutError or OSError when it may not be."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((row, written))
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        await written

    async def close(self) -> None:
        """Finish what is under way and close the connection."""
        if self._flight is not None:
            await self._flight
        if self._line is not None:
            self._line.close()

    async def _fly(self) -> None:
        try:
            while self._queue:
                group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
                failure = await self._sent([row for row, _ in group])
                for _, written in group:
                    if written.done():
                        continue
                    if failure is None:
                        written.set_result(None)
                    else:
                        written.set_exception(failure)
        finally:
            self._flight = None

    async def _sent(self, rows: Sequence[StoredRow]) -> Exception | None:
        """Send a group; return why it may not be durable."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._tried(rows)
        except Exception as error:
            return error

    async def _tried(self, rows: Sequence[StoredRow]) -> Exception | None:
        failure: Exception | None = None
        for wait in RECONNECT_SECONDS:
            try:
                await (await self._open(wait)).send([entries(rows)])
            except (psycopg.OperationalError, OSError) as error:
                log.warning("access_log.append.sent_again", error=type(error).__name__, entries=len(rows))
                failure = error
            else:
                return None
        return failure

    async def _open(self, wait: float) -> Line:
        if wait:
            await asyncio.sleep(wait)
        if self._line is None or self._line.closed:
            self._line = await Line.open(self._url, CALL)
        return self._line
