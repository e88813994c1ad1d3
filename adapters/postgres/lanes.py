"""Questions to PostgreSQL over a few connections, several under way on each: for reads, which are many and short.

A cursor of a pooled connection costs three times as much of this process's time, and one question at a time each.
"""

import asyncio
import itertools
import re
from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq.abc import PGresult

from adapters.postgres.listening import listen_again
from adapters.postgres.tenancy import ENTER, named
from projections.kernel.reader import Answer

_BINARY = pq.Format.BINARY
_ENTER = b"enter"
_PLACEHOLDER = re.compile(rb"%(?:\((\w+)\)s|(s)|(%))")
PREPARED = 1000
TRIES = 2
Parameters = Sequence[Any] | Mapping[str, Any]
#: A statement and the types of its parameters.
Known = tuple[bytes, tuple[int, ...]]


class Text(NamedTuple):
    """A statement with $1, $2, … and the names of its parameters, as far as they have names."""

    statement: bytes
    names: tuple[str, ...]

    def values(self, parameters: Parameters) -> Sequence[Any]:
        """Return the parameters in the order of their numbers."""
        return [parameters[name] for name in self.names] if isinstance(parameters, Mapping) else parameters


@lru_cache(maxsize=PREPARED)
def text_of(statement: bytes | str) -> Text:
    """Return a statement with psycopg's placeholders (all named, or none) in PostgreSQL's own form."""
    names: dict[str, int] = {}
    count = 0

    def numbered(found: re.Match[bytes]) -> bytes:
        nonlocal count
        if found[3]:
            return b"%"
        count += 1
        return b"$%d" % (names.setdefault(found[1].decode(), len(names) + 1) if found[1] else count)

    made = _PLACEHOLDER.sub(numbered, statement.encode() if isinstance(statement, str) else statement)
    return Text(made, tuple(names))


class _Prepared:
    """A statement by the name it has on one connection; ``failure`` says why PostgreSQL would not take it."""

    __slots__ = ("failure", "name")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.failure: PGresult | None = None


class _Asked:
    """A question under way; ``prepares`` is what its statement is known by, while PostgreSQL has not taken that yet.

    ``result`` is the last one that has come: that of the question follows that of naming the tenant.
    """

    __slots__ = ("failure", "future", "prepared", "prepares", "result")

    def __init__(self, future: "asyncio.Future[Answer]", prepared: _Prepared, prepares: Known | None) -> None:
        self.future = future
        self.prepared = prepared
        self.prepares = prepares
        self.result: PGresult | None = None
        self.failure: PGresult | None = None


class Lane:
    """One connection in pipeline mode; each question is a transaction of its own, answered in the order asked."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._convert = Transformer(connection)
        self._loop = asyncio.get_running_loop()
        self._asked: deque[_Asked] = deque()
        self._known: dict[Known, _Prepared] = {}
        self._numbers = itertools.count()
        self._socket = self._pgconn.socket
        self.closed = False
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, url: str) -> "Lane":
        """Connect. Raises psycopg.OperationalError."""
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        try:
            await connection.execute(b"PREPARE " + _ENTER + b" AS " + ENTER)
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    @property
    def load(self) -> int:
        """How many questions are under way."""
        return len(self._asked)

    def ask(self, text: Text, parameters: Parameters, tenant_id: UUID | None) -> "asyncio.Future[Answer]":
        """Send a question now; the future brings the answer. Both raise psycopg.Error.

        The tenant is told in the question's own transaction, which ends with it: the next question knows of none.
        """
        values = text.values(parameters)
        dumped = self._convert.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = tuple(self._convert.types or ()), self._convert.formats
        key = (text.statement, types)
        prepared, new = self._known.get(key), None
        try:
            if prepared is None:
                new, prepared = key, _Prepared(b"q%d" % next(self._numbers))
                self._pgconn.send_prepare(prepared.name, text.statement, types)
                self._known[key] = prepared
            if tenant_id is not None:
                self._pgconn.send_query_prepared(_ENTER, [value.encode() for value in named(tenant_id)])
            self._pgconn.send_query_prepared(prepared.name, dumped, formats, _BINARY)
            self._pgconn.pipeline_sync()
            asked = _Asked(self._loop.create_future(), prepared, new)
            self._asked.append(asked)
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._writable)
        except psycopg.OperationalError as error:
            self._lost(error)
            raise
        return asked.future

    async def close(self) -> None:
        """Let what is under way end, and close the connection."""
        await asyncio.gather(*(asked.future for asked in self._asked), return_exceptions=True)
        self._lost(psycopg.OperationalError("the connection was closed"))

    def _writable(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self._lost(error)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._asked and not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is not None:
                    self._take(self._asked[0], result)
        except psycopg.OperationalError as error:
            self._lost(error)
        else:
            if self._asked:
                listen_again(self._loop, self._socket, self._readable)

    def _take(self, asked: _Asked, result: PGresult) -> None:
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            self._asked.popleft()
            self._settle(asked)
        elif result.status == pq.ExecStatus.TUPLES_OK:
            asked.result = result
        elif result.status == pq.ExecStatus.COMMAND_OK:
            asked.prepares = None
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            asked.failure = result

    def _settle(self, asked: _Asked) -> None:
        if asked.failure is not None:
            if asked.prepares is not None:
                self._known.pop(asked.prepares, None)
                asked.prepared.failure = asked.failure
            if not asked.future.done():
                # Who relied on a statement that was not taken after all is told why, not that it is unknown.
                asked.future.set_exception(errors.error_from_result(asked.prepared.failure or asked.failure))
        elif asked.result is not None and not asked.future.done():
            asked.future.set_result(self._answer(asked.result))

    def _answer(self, result: PGresult) -> Answer:
        columns = tuple((result.fname(n) or b"").decode() for n in range(result.nfields))
        self._convert.set_pgresult(result)
        return Answer(columns, self._convert.load_rows(0, result.ntuples, tuple))

    def _lost(self, error: psycopg.Error) -> None:
        if not self.closed:
            self.closed = True
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._pgconn.finish()
        while self._asked:
            future = self._asked.popleft().future
            if not future.done():
                future.set_exception(error)


class Lanes:
    """``size`` connections, opened at the first question. A question takes the one with the least under way."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._size = size
        self._lanes: list[Lane] = []
        self._opening: set[asyncio.Task[Lane]] = set()

    async def ask(self, statement: bytes | str, parameters: Parameters, tenant_id: UUID | None = None) -> Answer:
        """Return what a reading statement answers, of a tenant's rows or, without one, of none.

        When its connection is lost it is asked once more, on another. Raises psycopg.Error; OperationalError when the
        server cannot be reached.
        """
        text = text_of(statement)
        for last in range(TRIES - 1, -1, -1):
            lane = await self._lane()
            try:
                return await lane.ask(text, parameters, tenant_id)
            except psycopg.OperationalError:
                if not (lane.closed and last):
                    raise
        raise AssertionError("there is at least one try")

    async def close(self) -> None:
        """Let what is under way end, and close all connections."""
        await asyncio.gather(*self._opening, return_exceptions=True)
        for lane in self._lanes:
            await lane.close()

    async def _lane(self) -> Lane:
        self._lanes = [lane for lane in self._lanes if not lane.closed]
        for _ in range(self._size - len(self._lanes) - len(self._opening)):
            task = asyncio.get_running_loop().create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opened)
        while not self._lanes:
            if not self._opening:
                raise psycopg.OperationalError("no connection could be opened")
            await asyncio.wait(self._opening, return_when=asyncio.FIRST_COMPLETED)
        return min(self._lanes, key=lambda lane: lane.load)

    async def _open(self) -> Lane:
        lane = await Lane.open(self._url)
        self._lanes.append(lane)
        return lane

    def _opened(self, task: "asyncio.Task[Lane]") -> None:
        self._opening.discard(task)
        if not task.cancelled():
            task.exception()  # seen here: whoever needs a lane and finds none says so
