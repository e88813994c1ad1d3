"""What is over is forgotten, and the ring of signing keys turned: on a beat, in the worker."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog

from adapters.identity.identity import open_ring
from adapters.keep_going import persist
from adapters.logins import url_for
from adapters.postgres.roles import Role, check_login
from adapters.runners import guarded
from adapters.settings import Settings

BEAT_SECONDS = 60.0
#: A key signs for so long; it was accepted everywhere for as long before, and is so for as long after.
KEY_PERIOD = timedelta(days=30)
OVER = (
    b"DELETE FROM identity.one_time_codes WHERE expires_at < clock_timestamp()",
    b"DELETE FROM identity.attempts WHERE forget_at < clock_timestamp()",
    b"DELETE FROM identity.trips WHERE expires_at < clock_timestamp()",
    b"DELETE FROM identity.provider_news WHERE settled_at < clock_timestamp() - interval '30 days'",
    b"DELETE FROM identity.sessions WHERE least(expires_at, ended_at) < clock_timestamp() - interval '1 day'",
    b"DELETE FROM identity.api_key_secrets WHERE expires_at < clock_timestamp()",
    b"DELETE FROM identity.invitations WHERE expires_at < clock_timestamp() - interval '60 days'",
)
#: First answers go in pieces, so that nobody waits long for a lock.
PIECE = 10_000
log = structlog.get_logger("identity")


def keep_tidy(settings: Settings, stop: threading.Event) -> None:
    """Tidy up once a minute until ``stop``; several processes may do it at the same time."""
    url = guarded(url_for(settings, Role.APP))

    def work() -> None:
        check_login(url, Role.APP)
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                tidy(settings, connection, datetime.now(UTC))
                stop.wait(BEAT_SECONDS)

    persist(work, stop, "identity")


def tidy(settings: Settings, connection: psycopg.Connection[Any], now: datetime) -> None:
    """Delete codes, counts, sessions and first answers that are over; turn the ring when its last key is old enough."""
    for statement in OVER:
        connection.execute(statement)
    while _forgotten(connection) >= PIECE:
        pass
    if open_ring(settings).rotate(now - KEY_PERIOD):
        log.info("identity.ring.turned")


def _forgotten(connection: psycopg.Connection[Any]) -> int:
    (count,) = connection.execute("SELECT answers.forget(%s)", (PIECE,)).fetchone() or (0,)
    return int(count)
