"""Rotating keys on a beat. It runs in the worker: the clock, which leads the other beats, reaches no key."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from adapters.bootstrap import guarded
from adapters.keep_going import persist
from adapters.logins import url_for
from adapters.postgres.roles import Role, check_login
from adapters.postgres.rotation import GRACE, Rotation, Turn
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from adapters.vault.succession import key_management
from application.ports.key_management import KeyManagementUnavailable

BEAT_SECONDS = 60.0
log = structlog.get_logger("vault")


def rotation(settings: Settings, connection: psycopg.Connection[object]) -> Rotation:
    """Return the rotation of this installation's keys. Raises RootKeyUnsafe."""
    return Rotation(connection, key_management(settings.root_key, settings.root_key_path))


def keep_rotating(settings: Settings, stop: threading.Event) -> None:
    """Rotate what is due, turn by turn, until ``stop``; of several processes one at a time does it."""
    url = guarded(url_for(settings, Role.KEYS))

    def work() -> None:
        check_login(url, Role.KEYS)
        with psycopg.connect(every_tenant(url), autocommit=True) as connection:
            rotating = rotation(settings, connection)
            while not stop.is_set():
                if not _beat(rotating, timedelta(days=settings.key_days)):
                    stop.wait(BEAT_SECONDS)

    persist(work, stop, "keys")


def _beat(rotating: Rotation, period: timedelta) -> bool:
    """Take a turn; return whether there may be more to do."""
    now = datetime.now(UTC)
    try:
        with rotating.alone() as ours:
            turn = rotating.beat(period, now) if ours else Turn()
        if ours and (late := rotating.late(now - period - GRACE)):
            log.error("vault.rotation.late", count=len(late))
    except KeyManagementUnavailable as error:
        log.warning("vault.rotation.waits", error=error.code)
        return False
    if turn.epochs or turn.root_keys:
        log.info("vault.keys.retired", count=turn.epochs + turn.root_keys)
    return any(turn)
