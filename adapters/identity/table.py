"""Short questions to the tables of secrets, over the pool."""

from collections.abc import Mapping
from typing import Any

from psycopg_pool import AsyncConnectionPool

from adapters.postgres.event_store import unavailable

Row = tuple[Any, ...]


class Asking:
    """Base of what keeps secrets in tables: one statement, one transaction each."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def _rows(self, statement: bytes, parameters: Mapping[str, object]) -> list[Row]:
        return await unavailable(self._asked(statement, parameters))

    async def _row(self, statement: bytes, parameters: Mapping[str, object]) -> Row | None:
        rows = await self._rows(statement, parameters)
        return rows[0] if rows else None

    async def _asked(self, statement: bytes, parameters: Mapping[str, object]) -> list[Row]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, parameters, prepare=True)
            return await cursor.fetchall() if cursor.description else []
