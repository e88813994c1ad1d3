"""Counting for analysts on a beat, in the worker: it goes through all read models, and needs people's keys."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from uuid_utils.compat import uuid7

from adapters.bootstrap import guarded
from adapters.deid.counting import Figures, count_anew, due
from adapters.deid.people import Patients
from adapters.keep_going import persist
from adapters.logins import url_for
from adapters.postgres.key_store import KeyStore
from adapters.postgres.roles import Role, check_login
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from adapters.vault.alarms import Forged, UnknownKey
from adapters.vault.succession import key_management
from adapters.vault.vault import Vault
from application.ports.key_management import KeyManagementUnavailable

BEAT_SECONDS = 300.0
log = structlog.get_logger("deid")


def count(settings: Settings, connection: psycopg.Connection[Any]) -> Figures | None:
    """Count anew; see :func:`count_anew`. ``connection`` is the projector's; keys are reached by their own login."""
    with _keys(settings) as (key_connection, keys):
        return count_anew(connection, Patients(connection, key_connection, keys), datetime.now(UTC).year)


def keep_counting(settings: Settings, stop: threading.Event) -> None:
    """Count once a day until ``stop``; of several processes one does it."""
    url = guarded(url_for(settings, Role.PROJECTOR))

    def work() -> None:
        check_login(url, Role.PROJECTOR)
        while not stop.is_set():
            with psycopg.connect(url, autocommit=True) as connection:
                if due(connection, settings.deid_hours):
                    _count(settings, connection)
            stop.wait(BEAT_SECONDS)

    persist(work, stop, "deid")


def _count(settings: Settings, connection: psycopg.Connection[Any]) -> None:
    try:
        figures = count(settings, connection)
    except KeyManagementUnavailable as error:
        log.warning("deid.count.waits", error=error.code)
    except (Forged, UnknownKey) as error:  # the figures of the last count stay
        log.error("deid.count.stopped", error=type(error).__name__)
    except psycopg.errors.UndefinedTable:
        log.info("deid.count.waits", error="no read models yet")
    else:
        if figures is not None:
            log.info("deid.figures.counted", count=sum(figures))


@contextmanager
def _keys(settings: Settings) -> Iterator[tuple[psycopg.Connection[Any], KeyStore]]:
    url = guarded(url_for(settings, Role.KEYS))
    check_login(url, Role.KEYS)
    with psycopg.connect(every_tenant(url), autocommit=True) as connection:
        yield connection, KeyStore(key_management(settings.root_key, settings.root_key_path), Vault(), uuid7)
