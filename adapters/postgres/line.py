"""A connection that sends one prepared statement over and over, straight through libpq.

A cursor of psycopg costs a coroutine, two task switches and a look at the types per call: three times as much.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.pq.abc import PGresult

from adapters.postgres.listening import listen_again

_NAME = b"line"
_BINARY = int(pq.Format.BINARY)


class Line:
    """One call at a time. Opened by :meth:`open` for one statement with parameters $1, $2, …"""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._socket = self._pgconn.socket
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None
        self.closed = False
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, url: str, statement: bytes) -> "Line":
        """Connect and prepare ``statement``. Raises psycopg.OperationalError."""
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        try:
            await connection.execute(b"PREPARE " + _NAME + b" AS " + statement)
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    def send(self, parameters: Sequence[bytes | None]) -> "asyncio.Future[PGresult]":
        """Send binary ``parameters`` now; the future brings the binary result. Both raise psycopg.Error."""
        waiter: asyncio.Future[PGresult] = self._loop.create_future()
        self._result = None
        try:
            self._pgconn.send_query_prepared(_NAME, parameters, [_BINARY] * len(parameters), result_format=_BINARY)
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._writable)
        except psycopg.OperationalError:
            self.close()
            raise
        self._waiter = waiter
        waiter.add_done_callback(self._answered)
        return waiter

    def close(self) -> None:
        """Close the connection."""
        if not self.closed:
            self.closed = True
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._pgconn.finish()

    def _writable(self) -> None:
        if not self._pgconn.flush():
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._waiter is not None and not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._answer(self._waiter)
                    self._waiter = None
                else:
                    self._result = result
        except psycopg.OperationalError as error:
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_exception(error)
            self.close()
        else:
            if self._waiter is not None:
                listen_again(self._loop, self._socket, self._readable)

    def _answer(self, waiter: "asyncio.Future[PGresult]") -> None:
        if waiter.done():
            return
        if self._result is None:
            waiter.set_exception(psycopg.OperationalError("the connection was lost"))
        elif self._result.status == pq.ExecStatus.TUPLES_OK:
            waiter.set_result(self._result)
        else:
            waiter.set_exception(errors.error_from_result(self._result))

    def _answered(self, waiter: "asyncio.Future[PGresult]") -> None:
        if waiter.cancelled() or self._pgconn.status != pq.ConnStatus.OK:
            self.close()  # an answer still under way must not be taken for the next one's
