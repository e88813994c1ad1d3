"""dramatiq over Valkey: carries keys of effects to workers, by queue and priority, with retries that back off."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Retries, ShutdownNotifications, TimeLimit
from dramatiq.worker import Worker

from adapters.jobs.effects import Sent
from adapters.jobs.performer import Performer
from adapters.valkey import UNREACHABLE, connect_now
from application.kernel.process import Process

RETRIES = 8
FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS = 500, 300_000
LIMIT_MS = 60_000
#: A server silent for so long is gone: nobody waits for it for ever.
ANSWER_SECONDS = 5.0
Open = Callable[[], AbstractAsyncContextManager[Performer]]


class QueueAway(OSError):
    """The queue cannot be reached now."""


def priorities(processes: Iterable[Process]) -> dict[str, int]:
    """Return each queue with the priority of its most urgent process (0 is first)."""
    found: dict[str, int] = {}
    for process in processes:
        found[process.queue] = min(found.get(process.queue, process.priority), process.priority)
    return found


class ClosingLoop(AsyncIO):
    """The worker's event loop, on which ``close`` runs once the last piece of work has ended."""

    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._close = close

    def after_worker_shutdown(self, broker: object, worker: object) -> None:
        """Close, then stop the loop."""
        thread = get_event_loop_thread()
        if thread is not None:
            thread.run_coroutine(self._close())
        super().after_worker_shutdown(broker, worker)  # type: ignore[no-untyped-call]


class Queue:
    """The broker with one actor per queue of the processes. Messages carry the effect's key and nothing else."""

    def __init__(self, redis_url: str, processes: Iterable[Process], open_performer: Open | None = None) -> None:
        middleware = [
            TimeLimit(time_limit=LIMIT_MS),
            ShutdownNotifications(),
            CurrentMessage(),
            ClosingLoop(self._close),
            Retries(max_retries=RETRIES, min_backoff=FIRST_BACKOFF_MS, max_backoff=LONGEST_BACKOFF_MS),
        ]
        self.broker = RedisBroker(  # type: ignore[no-untyped-call]
            client=connect_now(redis_url, ANSWER_SECONDS), middleware=middleware, namespace="caretrail"
        )
        self._open = open_performer
        self._performer: Performer | None = None
        self._opening: asyncio.Lock | None = None
        self._opened = AsyncExitStack()
        self._actors = {queue: self._actor(queue, priority) for queue, priority in priorities(processes).items()}
        self._worker: Worker | None = None

    def send(self, sent: Sent) -> None:
        """Hand an effect's key to its queue. Raises QueueAway."""
        try:
            self._actors[sent.queue].send(str(sent.key))
        except UNREACHABLE as error:
            raise QueueAway("the queue cannot be reached") from error

    def start_worker(self, threads: int) -> None:
        """Work all queues in ``threads`` threads until :meth:`stop`."""
        self._worker = Worker(self.broker, worker_threads=threads)
        self._worker.start()

    def stop(self) -> None:
        """Let running work end, stop the worker, close the broker."""
        if self._worker is not None:
            self._worker.stop(timeout=30_000)
        self.broker.close()
        self.broker.client.close()

    def _actor(self, queue: str, priority: int) -> Any:
        given: dict[str, Any] = {"queue_name": queue, "broker": self.broker, "priority": priority}
        give_up = dramatiq.actor(actor_name=f"give_up_{queue}", **given)(self._give_up)
        named = dramatiq.actor(actor_name=f"perform_{queue}", on_retry_exhausted=give_up.actor_name, **given)
        return named(self._perform)

    async def _perform(self, key: str) -> None:
        await (await self._ready()).perform(UUID(key))

    async def _give_up(self, message: dict[str, Any], retries: dict[str, Any]) -> None:
        error = str(message["options"].get("traceback", "")).strip().rsplit("\n", 1)[-1].partition(":")[0]
        await (await self._ready()).give_up(UUID(message["args"][0]), error[:100] or "retries-exhausted")

    async def _close(self) -> None:
        await self._opened.aclose()

    async def _ready(self) -> Performer:
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._performer is None:
                if self._open is None:
                    raise RuntimeError("this process sends work and does none")
                self._performer = await self._opened.enter_async_context(self._open())
        return self._performer
