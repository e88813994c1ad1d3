"""The wake-up after a commit: a word over Valkey's pub/sub, coalesced, and never more than a hint."""

import asyncio
import threading
from contextlib import suppress

import redis
import redis.asyncio
import structlog

EVENTS, EFFECTS = "caretrail:events", "caretrail:effects"
RECONNECT_SECONDS = 0.5
#: A ring costs about a third of a command: under load, what is appended meanwhile shares the next one.
REST_SECONDS = 0.005
log = structlog.get_logger("wakeup")


class Bell:
    """Rings ``channel`` from an event loop: at once, and once more for all pulls while it rings and rests."""

    def __init__(self, url: str, channel: str = EVENTS) -> None:
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
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
            with suppress(redis.RedisError, OSError):
                await self._client.publish(self._channel, b"")
            await asyncio.sleep(REST_SECONDS)


class Ringer:
    """Rings ``channel`` from a thread; never fails."""

    def __init__(self, url: str, channel: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
        self._channel = channel

    def pull(self) -> None:
        """Ring now."""
        with suppress(redis.RedisError, OSError):
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
                with redis.Redis.from_url(self._url) as client, client.pubsub(ignore_subscribe_messages=True) as ear:
                    ear.subscribe(self._channel)
                    while not self._stop.is_set():
                        if ear.get_message(timeout=1.0):
                            self._event.set()
            except (redis.RedisError, OSError):
                log.warning("wakeup.connection.lost", channel=self._channel)
                self._stop.wait(RECONNECT_SECONDS)
