"""The four processes: what each opens, runs and closes. The API's server is started by the command line."""

import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import psycopg

from adapters.bootstrap import guarded, index_keys, open_access_runner, open_runner, open_services
from adapters.embedded import servers
from adapters.jobs.clock import Clock
from adapters.jobs.performer import Performer
from adapters.jobs.queue import Queue
from adapters.keep_going import persist, stopping
from adapters.rotating import keep_rotating
from adapters.settings import Settings
from adapters.wakeup import EFFECTS, EVENTS, Listener, Ringer
from application.catalogue import PROCESSES
from projections.catalogue import READ_MODELS

WORKER_POOL = 8


def run_projector(settings: Settings, only: Sequence[str] = ()) -> None:
    """Run consumers (all, or ``only`` those named) until SIGTERM; woken by appends, ringing when there are effects."""
    running = servers.ensure(settings)
    wake = threading.Event()
    stop = stopping(wake)
    ear = Listener(running.redis_url, EVENTS, wake)
    bell = Ringer(running.redis_url, EFFECTS)

    def work() -> None:
        with open_runner(running.database_url, only, effects_added=bell.pull) as runner:
            runner.run(wake, stop)

    def follow_accesses() -> None:
        with open_access_runner(running.database_url) as runner:
            runner.run(threading.Event(), stop)

    def beside() -> None:
        try:
            persist(follow_accesses, stop, "projector")
        finally:  # whichever ends first, the other follows
            stop.set()
            wake.set()

    with ThreadPoolExecutor(1) as pool:
        accesses = None if only else pool.submit(beside)
        try:
            persist(work, stop, "projector")
        finally:
            stop.set()
        if accesses:
            accesses.result()
    ear.close()


def run_clock(settings: Settings) -> None:
    """Move due effects to the queue until SIGTERM, whenever this process is the leader."""
    running = servers.ensure(settings)
    wake = threading.Event()
    stop = stopping(wake)
    ear = Listener(running.redis_url, EFFECTS, wake)
    queue = Queue(running.redis_url, PROCESSES.values())

    def work() -> None:
        with psycopg.connect(guarded(running.database_url), autocommit=True) as connection:
            Clock(connection, queue.send).run(wake, stop)

    persist(work, stop, "clock")
    ear.close()
    queue.stop()


def run_worker(settings: Settings, threads: int) -> None:
    """Perform effects from all queues in ``threads`` threads until SIGTERM; running work is finished first.

    What else needs keys goes on beside that: their rotation, and the read models of what lies sealed.
    """
    running = servers.ensure(settings)

    @asynccontextmanager
    async def open_performer() -> AsyncIterator[Performer]:
        services = await open_services(settings, WORKER_POOL)
        yield services.performer()
        await services.close()

    stop = stopping()
    queue = Queue(running.redis_url, PROCESSES.values(), open_performer)
    queue.start_worker(threads)
    beside = [threading.Thread(target=work, args=(settings, stop)) for work in (keep_rotating, keep_indexing)]
    for thread in beside:
        thread.start()
    stop.wait()
    queue.stop()
    for thread in beside:
        thread.join()


def keep_indexing(settings: Settings, stop: threading.Event) -> None:
    """Run the read models of what lies sealed until ``stop``; woken by appends."""
    running = servers.ensure(settings)
    wake = threading.Event()
    ear = Listener(running.redis_url, EVENTS, wake)
    names = [name for name, model in READ_MODELS.items() if model.keyed]

    def work() -> None:
        with open_runner(running.database_url, names, keys=index_keys(settings)) as runner:
            runner.run(wake, stop)

    persist(work, stop, "index")
    ear.close()
