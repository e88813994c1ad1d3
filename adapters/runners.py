"""Which consumers run where: over the feed, over the access log, and, where keys are held, over what lies sealed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from adapters.codec.codec import Codec
from adapters.jobs.effects import EffectsConsumer
from adapters.logins import url_for
from adapters.merkle.growing import TreeConsumer
from adapters.merkle.kinds import SOURCES, consumer_name
from adapters.postgres.feed import PostgresFeed, decoder
from adapters.postgres.index_keys import IndexKeys
from adapters.postgres.key_store import KeyStore
from adapters.postgres.roles import Role, check_login
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from adapters.vault.succession import key_management
from adapters.vault.vault import Vault
from application.catalogue import PROCESSES
from domain.catalogue import EVENTS
from projections.catalogue import READ_MODELS
from projections.kernel import generations
from projections.kernel.keyed import KeyedConsumer
from projections.kernel.read_model import ReadModel
from projections.kernel.runner import Make, Runner
from projections.kernel.telling import Teller

STATEMENT_TIMEOUT, IDLE_TIMEOUT, LOCK_TIMEOUT = "15s", "10s", "5s"
#: A machine that vanishes tells nobody: after so long without a sign of it, in seconds and milliseconds, it is gone.
SIGNS = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}  # fmt: skip


def guarded(url: str) -> str:
    """Return the URL with the time limits every process of ours works under."""
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
        f" -c idle_in_transaction_session_timeout={IDLE_TIMEOUT} -c timezone=UTC"
    )
    return psycopg.conninfo.make_conninfo(url, options=options, **SIGNS)


class Keyring(NamedTuple):
    """Keys, and the URL of the login that reaches them."""

    store: KeyStore
    url: str


@contextmanager
def open_runner(
    database_url: str,
    only: Sequence[str] = (),
    effects_added: Callable[[], None] = lambda: None,
    keys: Keyring | None = None,
    teller: Teller | None = None,
    lease: UUID | None = None,
) -> Iterator[Runner]:
    """Give a runner over all consumers (or ``only`` those named), their first generations made if need be.

    Read models of what lies sealed are made too, but run only where there are ``keys`` (see :func:`index_keys`).
    ``effects_added`` is called after a round that applied events; ``teller`` hears of what changes. At the end leases
    and connections are given back; after an end that could not be told, one with the same ``lease`` goes on at once.
    ``database_url`` is the projector's: raises CannotLogIn, TooPowerful.
    """
    wanted = {name: model for name, model in READ_MODELS.items() if not only or name in only}
    others = {name: make for name, make in without_tables("events").items() if not only or name in only}
    with _runner(database_url, "events", wanted, others, effects_added, keys, teller, lease) as runner:
        yield runner


@contextmanager
def open_access_runner(database_url: str, lease: UUID | None = None) -> Iterator[Runner]:
    """Give a runner over the consumers of the access log, which is a feed of its own."""
    with _runner(database_url, "access", {}, without_tables("access"), lambda: None, None, None, lease) as runner:
        yield runner


@contextmanager
def _runner(
    database_url: str,
    kind: str,
    models: Mapping[str, ReadModel],
    others: Mapping[str, Make],
    applied: Callable[[], None],
    keys: Keyring | None,
    teller: Teller | None,
    lease: UUID | None,
) -> Iterator[Runner]:
    url = guarded(database_url)
    check_login(url, Role.PROJECTOR)
    with (
        psycopg.connect(url, autocommit=True) as writing,
        psycopg.connect(url, autocommit=True) as reading,
        index_makers(models, keys) as keyed,
    ):
        for model in models.values():
            generations.ensure_live(writing, model)
        for name in others:
            generations.register(writing, name)
        makers = {**generations.sources({n: m for n, m in models.items() if not m.keyed}), **keyed, **others}
        feed, decode = PostgresFeed(reading, SOURCES[kind]), decoder(Codec(EVENTS))
        runner = Runner(writing, feed, decode, makers, applied, teller=teller, lease=lease)
        yield runner
        runner.close()


def index_keys(settings: Settings) -> Keyring:
    """Return the keys for read models of what lies sealed: closed ones too, since nothing of it is shown to anyone."""
    management = key_management(settings.root_key, settings.root_key_path)
    store = KeyStore(management, Vault(), uuid7, even_closed=True)
    return Keyring(store, every_tenant(guarded(url_for(settings, Role.KEYS))))


@contextmanager
def index_makers(models: Mapping[str, ReadModel], keys: Keyring | None) -> Iterator[dict[str, Make]]:
    """Give how consumers of the keyed among ``models`` are made; {} without ``keys``."""
    keyed = {name: model for name, model in models.items() if model.keyed and keys}
    if not keyed or keys is None:
        yield {}
        return
    check_login(keys.url, Role.KEYS)
    with psycopg.connect(keys.url, autocommit=True) as connection:
        opener = IndexKeys(connection, Codec(EVENTS), keys.store)
        yield {name: partial(KeyedConsumer, model, opener) for name, model in keyed.items()}


def without_tables(kind: str) -> dict[str, Make]:
    """Return what consumes a feed and is no read model: effects, and the trees of the Merkle log."""
    makers: dict[str, Make] = {consumer_name(kind): partial(TreeConsumer, kind)}
    if kind == "events":
        makers[EffectsConsumer.name] = partial(EffectsConsumer, list(PROCESSES.values()))
    return makers
