"""How queries reach the read models: parameterised SQL over ``read.*`` views, and opening what lies sealed there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from typing import Any, LiteralString, NamedTuple, Protocol
from uuid import UUID

from psycopg import DataError, OperationalError
from psycopg.errors import UndefinedColumn, UndefinedTable

from domain.kernel.errors import Invalid, Kind, Refused
from domain.kernel.recorded import SealedCopy

Row = dict[str, Any]
SEALED = ("sealed", "key_id", "sealed_version", "sealed_type", "sealed_schema")
#: Seconds. A read model is there within that, and filled as far as the feed was read.
RETRY_AFTER = 5


class Answer(NamedTuple):
    """Rows in order, and the names of their columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


Watch = Callable[[Mapping[str, object], Answer], Awaitable[None]]


class Opener(Protocol):
    """Opens ciphertexts of one tenant."""

    async def open(self, tenant_id: UUID, copies: Sequence[SealedCopy]) -> list[dict[str, Any] | None]:
        """Return each copy's personal fields by name ({} when it has none; None when erased)."""
        ...

    async def tokens(self, tenant_id: UUID, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return the search tokens of terms (field, value)."""
        ...


class Unaskable(Invalid):
    """A value in the question is one that nothing stored can have (a NUL character, a number past all bounds)."""

    code = "unaskable"


class NotBuiltYet(Refused):
    """What is asked for is still being made ready: after installing, or after an upgrade that shows more."""

    code = "not-built-yet"
    kind = Kind.UNAVAILABLE


class Unreachable(Refused):
    """The database cannot be asked now."""

    code = "store-unavailable"
    kind = Kind.UNAVAILABLE


class Asker(Protocol):
    """Port to the connections that questions go over."""

    async def ask(
        self, statement: bytes | str, parameters: Mapping[str, object], tenant_id: UUID | None = None
    ) -> Answer:
        """Return what a reading statement answers of a tenant's rows, in one round trip; without a tenant there are
        none. Raises psycopg.Error."""
        ...


class Reader:
    """Handed to every query function. Each call is one round trip.

    A reader finds the rows of the tenant it is :meth:`within`, whatever is asked, and none before.
    """

    def __init__(self, lanes: Asker, opener: Opener) -> None:
        self._lanes = lanes
        self._opener = opener
        self._watch: Watch | None = None
        self._tenant: UUID | None = None

    def within(self, tenant_id: UUID) -> "Reader":
        """Return a reader of a tenant's rows."""
        made = copy(self)
        made._tenant = tenant_id
        return made

    def watched(self, watch: Watch) -> "Reader":
        """Return a reader that shows ``watch`` every question and what was found, before whoever asked gets it."""
        made = copy(self)
        made._watch = watch
        return made

    async def rows(self, sql: LiteralString, parameters: Mapping[str, object]) -> list[Row]:
        """Return all rows as dictionaries."""
        columns, rows = await self._ask(sql, parameters)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    async def row(self, sql: LiteralString, parameters: Mapping[str, object]) -> Row | None:
        """Return the first row, or None."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None

    async def json(self, sql: LiteralString, parameters: Mapping[str, object]) -> bytes | None:
        """Return the JSON text of a statement with one json column and one row, as PostgreSQL wrote it."""
        rows = (await self._ask(sql, parameters)).rows
        text: str | None = rows[0][0] if rows else None
        return text.encode() if text is not None else None

    async def _ask(self, sql: LiteralString, parameters: Mapping[str, object]) -> Answer:
        try:
            answer = await self._lanes.ask(sql, parameters, self._tenant)
        except DataError as error:
            raise Unaskable("A value in the request is not one that can be looked for.") from error
        except (UndefinedTable, UndefinedColumn) as error:  # made by the projector, the first time it sees the feed
            raise NotBuiltYet("This is being made ready. Try again in a moment.", retry_after=RETRY_AFTER) from error
        except OperationalError as error:
            raise Unreachable("This cannot be looked up now: try again.") from error
        if self._watch is not None:
            await self._watch(parameters, answer)
        return answer

    async def opened(self, tenant_id: UUID, rows: list[Row], stream: str) -> list[Row]:
        """Return ``rows`` with their sealed columns replaced by the personal fields they hold.

        ``stream`` names the column with the id of the stream the ciphertext came from. An erased person's row keeps
        its clear columns and gains ``"erased": True``.
        """
        copies = [
            SealedCopy(r["sealed"], r["key_id"], r[stream], r["sealed_version"], r["sealed_type"], r["sealed_schema"])
            for r in rows
        ]
        result = []
        for row, fields in zip(rows, await self._opener.open(tenant_id, copies), strict=True):
            clear = {name: value for name, value in row.items() if name not in SEALED}
            result.append(clear | ({"erased": True} if fields is None else fields))
        return result

    async def tokens(self, tenant_id: UUID, terms: Sequence[tuple[str, str]]) -> list[int]:
        """Return the tokens by which rows that hold ``terms`` (field, value) are found."""
        return await self._opener.tokens(tenant_id, terms)
