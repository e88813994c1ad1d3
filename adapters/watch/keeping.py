"""Watching beside the clock: a thread of its own, because a look may take long and effects must not wait for it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from adapters.keep_going import persist
from adapters.postgres.roles import Role, check_login
from adapters.watch.catalogue import rules
from adapters.watch.watcher import Watcher

BEAT_SECONDS = 1.0
#: A look goes through whole tables now and then, and holds no lock that anybody waits for.
LONGEST_LOOK = "60s"


@contextmanager
def watching(url: str, stop: threading.Event) -> Iterator[None]:
    """Watch in a thread for the length of a block; it ends when ``stop`` is set, which the block must do."""

    opened: list[psycopg.AsyncConnection[Any]] = []

    def work() -> None:
        check_login(url, Role.PROJECTOR)
        with asyncio.Runner() as loop:
            connection = loop.run(psycopg.AsyncConnection.connect(_patient(url), autocommit=True))
            opened[:] = [connection]
            try:
                watcher = Watcher(connection, rules())
                while not stop.is_set():
                    loop.run(watcher.round())
                    stop.wait(BEAT_SECONDS)
            finally:
                loop.run(connection.close())

    thread = threading.Thread(target=persist, args=(work, stop, "watch"), name="watch")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        for connection in opened:
            connection.cancel()
        thread.join()


def _patient(url: str) -> str:
    options = psycopg.conninfo.conninfo_to_dict(url).get("options") or ""
    return psycopg.conninfo.make_conninfo(url, options=f"{options} -c statement_timeout={LONGEST_LOOK}".strip())
