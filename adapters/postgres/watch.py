"""Looks for revoked keys again and again, so that a process forgets them also while nobody asks it for anything."""

import asyncio
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.postgres.key_store import KeyStore

LOOK_SECONDS = 0.3
log = structlog.get_logger("vault")


class RevocationWatch:
    """A task for as long as a process holds keys. While it cannot look, the vault opens nothing by itself."""

    def __init__(self, pool: AsyncConnectionPool[Any], keys: KeyStore) -> None:
        self._pool = pool
        self._keys = keys
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        failing = False
        while True:
            try:
                await self._keys.look(self._pool)
            except (psycopg.Error, PoolTimeout, OSError) as error:
                if not failing:
                    log.warning("vault.revocations.unheard", error=type(error).__name__)
                failing = True
            else:
                failing = False
            await asyncio.sleep(LOOK_SECONDS)
