"""The four processes: who each logs in as, what it opens, runs and closes. The command line starts the API's server."""

import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from uuid import uuid4

import psycopg

from adapters import logins
from adapters.bootstrap import guarded, index_keys, open_access_runner, open_runner, open_services
from adapters.cache.marks import Marks
from adapters.deid.keeping import keep_counting
from adapters.embedded import servers
from adapters.identity.housekeeping import keep_tidy
from adapters.jobs.clock import Clock
from adapters.jobs.performer import Performer
from adapters.jobs.queue import Queue
from adapters.keep_going import persist, stopping
from adapters.merkle.behind import refuse_behind
from adapters.merkle.keeping import checkpointer, handing_out
from adapters.postgres.roles import CannotLogIn, Role, check_login
from adapters.rotating import keep_rotating
from adapters.settings import Settings
from adapters.wakeup import EFFECTS, EVENTS, Listener, Ringer
from adapters.watch.keeping import watching
from application.catalogue import PROCESSES
from projections.catalogue import READ_MODELS

WORKER_POOL = 8
#: Projector and clock reach no key at all; the clock needs the table of effects and nothing the projector has not.
#: The worker also keeps the read models of what lies sealed, for which it is a projector and has keys.
LOGINS: dict[str, tuple[Role, ...]] = {
    "projector": (Role.PROJECTOR,),
    "worker": (Role.APP, Role.KEYS, Role.PROJECTOR),
    "clock": (Role.PROJECTOR,),
    "api": (Role.APP, Role.KEYS),
}


def run_projector(settings: Settings, only: Sequence[str] = ()) -> None:
    """Run consumers (all, or ``only`` those named) until SIGTERM; woken by appends, ringing when there are effects."""
    redis_url, url = servers.queue_url(settings), logins.url_for(settings, Role.PROJECTOR)
    wake = threading.Event()
    stop = stopping(wake)
    ear = Listener(redis_url, EVENTS, wake)
    bell = Ringer(redis_url, EFFECTS)
    events_lease, accesses_lease = uuid4(), uuid4()

    def work() -> None:
        with (
            closing(Marks(redis_url)) as marks,
            open_runner(url, only, bell.pull, teller=marks, lease=events_lease) as runner,
        ):
            runner.run(wake, stop)

    def follow_accesses() -> None:
        with open_access_runner(url, accesses_lease) as runner:
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
    """Move due effects to the queue and sign checkpoints until SIGTERM, whenever this process is the leader; beside
    that, hand checkpoints to those who keep them outside, and watch whether what must hold does."""
    redis_url, url = servers.queue_url(settings), guarded(logins.url_for(settings, Role.PROJECTOR))
    wake = threading.Event()
    stop = stopping(wake)
    ear = Listener(redis_url, EFFECTS, wake)
    queue = Queue(redis_url, PROCESSES.values())
    me = uuid4()

    def work() -> None:
        check_login(url, Role.PROJECTOR)
        refuse_behind(url, settings)
        with psycopg.connect(url, autocommit=True) as connection:
            Clock(connection, queue.send, [checkpointer(settings, connection).tick], me).run(wake, stop)

    with handing_out(settings, url, stop), watching(url, stop):
        persist(work, stop, "clock")
    ear.close()
    queue.stop()


def run_worker(settings: Settings, threads: int) -> None:
    """Perform effects from all queues in ``threads`` threads until SIGTERM; running work is finished first.

    Beside that goes on what else needs keys (their rotation, the read models of what lies sealed), and what comes by
    the minute: analysts' figures, the house-keeping of identity.
    """
    redis_url = servers.queue_url(settings)
    with suppress(CannotLogIn):  # a server that is away is met again when there is work
        for role in LOGINS["worker"]:
            check_login(logins.url_for(settings, role), role)

    @asynccontextmanager
    async def open_performer() -> AsyncIterator[Performer]:
        services = await open_services(settings, WORKER_POOL)
        yield services.performer()
        await services.close()

    stop = stopping()
    queue = Queue(redis_url, PROCESSES.values(), open_performer)
    queue.start_worker(threads)
    works = (keep_rotating, keep_indexing, keep_counting, keep_tidy)
    beside = [threading.Thread(target=work, args=(settings, stop)) for work in works]
    for thread in beside:
        thread.start()
    stop.wait()
    queue.stop()
    for thread in beside:
        thread.join()


def keep_indexing(settings: Settings, stop: threading.Event) -> None:
    """Run the read models of what lies sealed until ``stop``; woken by appends."""
    wake = threading.Event()
    redis_url = servers.queue_url(settings)
    ear = Listener(redis_url, EVENTS, wake)
    names = [name for name, model in READ_MODELS.items() if model.keyed]
    lease = uuid4()

    def work() -> None:
        url, keys = logins.url_for(settings, Role.PROJECTOR), index_keys(settings)
        with (
            closing(Marks(redis_url)) as marks,
            open_runner(url, names, keys=keys, teller=marks, lease=lease) as runner,
        ):
            runner.run(wake, stop)

    persist(work, stop, "index")
    ear.close()
