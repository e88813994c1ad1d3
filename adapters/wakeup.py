"""The wake-up after a commit: a word over Valkey's pub/sub, coalesced, and never more than a hint."""

import asyncio
import threading
from contextlib import suppress

import structlog

from adapters.valkey import UNREACHABLE, connect, connect_now

EVENTS, EFFECTS = "caretrail:events", "caretrail:effects"
RECONNECT_SECONDS = 0.5
#: A listener hears for a second at a time; a server silent for so long is gone.
EAR_SECONDS = 5.0
#: A ring costs about a third of a command: under load, what is appended meanwhile shares the next one.
REST_SECONDS = 0.005
log = structlog.get_logger("wakeup")


class Bell:
    """Rings ``channel`` from an event loop: at once, and once more for all pulls while it rings and rests."""

    def __init__(self, url: str, channel: str = EVENTS) -> None:
        self._client = connect(url, size=1)
        self._channel = channel
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def pull(self, position: int = 0) -> None:
        """Ring soon; returns at once and never fails."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._ring())

    async def close(self) -> None:
        """Let the last ring end."""
        if self._task is not None:
            await self._task
        await self._client.aclose()

    async def _ring(self) -> None:
        while self._again:
            self._again = False
            with suppress(*UNREACHABLE):
                await self._client.publish(self._channel, b"")
            await asyncio.sleep(REST_SECONDS)


class Ringer:
    """Rings ``channel`` from a thread; never fails."""

    def __init__(self, url: str, channel: str) -> None:
        self._client = connect_now(url)
        self._channel = channel

    def pull(self) -> None:
        """Ring now."""
        with suppress(*UNREACHABLE):
            self._client.publish(self._channel, b"")


class Listener:
    """Sets ``event`` whenever ``channel`` rings, from a thread of its own; reconnects by itself."""

    def __init__(self, url: str, channel: str, event: threading.Event) -> None:
        self._url = url
        self._channel = channel
        self._event = event
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"listen {channel}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._thread.join(timeout=3)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with (
                    connect_now(self._url, EAR_SECONDS) as client,
                    client.pubsub(ignore_subscribe_messages=True) as ear,
                ):
                    ear.subscribe(self._channel)
                    while not self._stop.is_set():
                        if ear.get_message(timeout=1.0):
                            self._event.set()
            except UNREACHABLE:
                log.warning("wakeup.connection.lost", channel=self._channel)
                self._stop.wait(RECONNECT_SECONDS)
