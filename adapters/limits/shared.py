"""Windows in Valkey, shared by all processes. `limits` is the notation only: its storage takes one window by one call,
so a request refused by one window fills the others, by each process's own clock, and what is left costs a call more;
here a request counts in all of its windows or in none, by Valkey's clock, in one call shared with those that wait."""

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from contextvars import Context
from pathlib import Path

from adapters.limits.windows import Count, Taken, Window
from adapters.valkey import UNREACHABLE, connect

TAKE = Path(__file__).with_name("take.lua").read_text()
TOGETHER = 64
CONNECTIONS = 2
MICROSECONDS = 1_000_000
Waiting = tuple[Sequence[Window], "asyncio.Future[Taken]"]


class Unreachable(Exception):
    """Valkey does not answer."""


class SharedWindows:
    """Moving windows by one script; Valkey's own clock decides. While a call is under way, what arrives makes up the
    next one: under load a request costs a share of a round trip."""

    def __init__(self, url: str) -> None:
        self._client = connect(url, CONNECTIONS)
        self._take = self._client.register_script(TAKE)
        self._waiting: list[Waiting] = []
        self._flight: asyncio.Task[None] | None = None
        self._me = secrets.token_hex(6)
        self._calls = itertools.count()

    async def take(self, windows: Sequence[Window]) -> Taken:
        """Count a request in all its windows, or, when one is full, in none. Raises Unreachable."""
        taken: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append((windows, taken))
        if self._flight is None:
            # It serves many requests, so it carries no one's ids into the log.
            self._flight = asyncio.get_running_loop().create_task(self._fly(), context=Context())
        return await taken

    async def answers(self) -> bool:
        """Whether Valkey answers now."""
        try:
            await self._client.exists("caretrail:limit")
        except UNREACHABLE:
            return False
        return True

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        if self._flight is not None:
            await self._flight
        await self._client.aclose()

    async def _fly(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                try:
                    settled: Sequence[Taken | Exception] = await self._taken([windows for windows, _ in together])
                except UNREACHABLE as error:
                    settled = [Unreachable(type(error).__name__)] * len(together)
                for (_, future), found in zip(together, settled, strict=True):
                    if future.done():
                        continue
                    if isinstance(found, Taken):
                        future.set_result(found)
                    else:
                        future.set_exception(found)
        finally:
            self._flight = None

    async def _taken(self, requests: Sequence[Sequence[Window]]) -> list[Taken]:
        arguments: list[str | int] = [f"{self._me}:{next(self._calls)}"]
        for windows in requests:
            arguments.append(len(windows))
            for window in windows:
                arguments += (window.most, window.seconds * MICROSECONDS)
        keys = [window.key for windows in requests for window in windows]
        answer = iter(await self._take(keys=keys, args=arguments))
        return [
            Taken(bool(next(answer)), [Count(next(answer), next(answer) / MICROSECONDS) for _ in windows])
            for windows in requests
        ]
