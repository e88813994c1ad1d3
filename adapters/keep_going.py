"""Long-running processes: run a loop until told to stop, and begin again when a server went away for a while."""

import signal
import threading
from collections.abc import Callable
from time import monotonic
from types import FrameType

import psycopg
import structlog

WAITS = (0.2, 0.5, 1.0, 2.0, 5.0)
log = structlog.get_logger("process")


def stopping(*wakes: threading.Event) -> threading.Event:
    """Return an event that SIGTERM and SIGINT set (and ``wakes`` with it)."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        for wake in wakes:
            wake.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def persist(work: Callable[[], None], stop: threading.Event, process: str) -> None:
    """Call ``work`` until it returns; when the database is out of reach, wait a little longer each time and go on.

    Work that has lasted longer than the longest wait was well: what breaks it is a first failure again.
    """
    failures = 0
    while not stop.is_set():
        began = monotonic()
        try:
            work()
        except (psycopg.OperationalError, OSError) as error:
            log.warning("process.database.lost", process=process, error=type(error).__name__)
            if monotonic() - began > WAITS[-1]:
                failures = 0
            stop.wait(WAITS[min(failures, len(WAITS) - 1)])
            failures += 1
        else:
            return
