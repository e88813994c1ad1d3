"""The two servers every process needs: those named by the environment, else embedded ones in the state directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.valkey import EmbeddedValkey
from adapters.settings import Settings


class Servers(NamedTuple):
    """Where the servers answer, and which of them this process started."""

    database_url: str
    redis_url: str
    started: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """The variables that hand these servers to a child process."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded PostgreSQL of this state directory, running or not."""
    return EmbeddedPostgres(settings.state / "postgres", settings.postgres_port)


def embedded_valkey(settings: Settings) -> EmbeddedValkey:
    """The embedded Valkey of this state directory, running or not."""
    return EmbeddedValkey(settings.state / "valkey")


def database_url(settings: Settings) -> str:
    """The URL of PostgreSQL, started when none is named and none runs."""
    if settings.database_url is None:
        postgres = embedded_postgres(settings)
        postgres.start()
        return postgres.url
    return settings.database_url


def running_redis(settings: Settings) -> str | None:
    """The URL of Valkey when one is named or runs; nothing is started for it."""
    if settings.redis_url is None:
        valkey = embedded_valkey(settings)
        return valkey.url if valkey.answers() else None
    return settings.redis_url


def queue_url(settings: Settings) -> str:
    """The URL of Valkey, started when none is named and none runs."""
    if settings.redis_url is None:
        valkey = embedded_valkey(settings)
        valkey.start()
        return valkey.url
    return settings.redis_url


def ensure(settings: Settings) -> Servers:
    """Start what no URL names and is not running; what runs is shared. Raises ServerFailed."""
    database_url, redis_url = settings.database_url, settings.redis_url
    started = []
    if database_url is None:
        postgres = embedded_postgres(settings)
        if postgres.start():
            started.append("postgres")
        database_url = postgres.url
    if redis_url is None:
        valkey = embedded_valkey(settings)
        if valkey.start():
            started.append("valkey")
        redis_url = valkey.url
    return Servers(database_url, redis_url, tuple(started))


def stop(settings: Settings, only: tuple[str, ...] = ("postgres", "valkey")) -> list[str]:
    """Stop the embedded servers named in ``only``; return those that were running. URLs are never touched."""
    stopped = []
    if "valkey" in only and settings.redis_url is None and embedded_valkey(settings).stop():
        stopped.append("valkey")
    if "postgres" in only and settings.database_url is None and embedded_postgres(settings).stop():
        stopped.append("postgres")
    return stopped


@contextmanager
def serving(settings: Settings) -> Iterator[Servers]:
    """Have servers for the length of a block, and stop at its end those that were started for it."""
    servers = ensure(settings)
    try:
        yield servers
    finally:
        stop(settings, servers.started)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Have PostgreSQL alone for the length of a block (its URL is yielded), stopped again if started for it."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    postgres = embedded_postgres(settings)
    started = postgres.start()
    try:
        yield postgres.url
    finally:
        if started:
            postgres.stop()
