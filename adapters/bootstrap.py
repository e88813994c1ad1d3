"""Wires everything once per process: the only way the API, the workers and the tools reach the adapters."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters import logins
from adapters.cache import families, figures
from adapters.cache.cache import Cache, Made
from adapters.cache.entry import Kept, Place
from adapters.cache.families import Family
from adapters.cache.questions import KeptQuestions, which
from adapters.cache.shelf import Shelf
from adapters.codec.codec import Codec
from adapters.embedded import servers
from adapters.evidence.proofs import Proofs
from adapters.files.sealing import FileCipher
from adapters.files.storage import LocalFiles
from adapters.health.checker import Finding, State
from adapters.health.house import ALIASES, checker
from adapters.health.own import Parts
from adapters.identity.access_tokens import signed
from adapters.identity.api_keys import MARK
from adapters.identity.assignments import ByAppointments
from adapters.identity.identity import Identity, open_ring
from adapters.identity.ring import KeyRing
from adapters.jobs.performer import Performer, SystemAct
from adapters.limits.limiter import Limiter, LimitsUnavailable, TooManyRequests
from adapters.limits.table import LIMITS
from adapters.logging import configure
from adapters.machine import MACHINE
from adapters.merkle.behind import refuse_behind
from adapters.merkle.observe import MerkleState, merkle
from adapters.merkle.signing import SignerFile
from adapters.notify.spool import Spool
from adapters.pdf.renderer import TypstInvoices
from adapters.postgres import observe
from adapters.postgres.access_log import AccessLogTable
from adapters.postgres.batcher import Batcher
from adapters.postgres.durability import assert_durable
from adapters.postgres.event_store import PostgresEventStore, unavailable
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.roles import Role, check_login
from adapters.postgres.stream_reader import PostgresStreams
from adapters.postgres.tenancy import ACTOR, pool
from adapters.postgres.watch import RevocationWatch
from adapters.privacy.carrying_out import carry_out, state
from adapters.privacy.facts import Facts
from adapters.privacy.journal import JournalFile
from adapters.privacy.keys import StoredPersonalKeys
from adapters.privacy.restored import destroy_again
from adapters.privacy.witness import SigningWitness
from adapters.review.review import Review
from adapters.runners import guarded, index_keys, index_makers, open_access_runner, open_runner
from adapters.settings import Settings, is_secret, settings, variable
from adapters.valkey import connect
from adapters.vault.cursors import Cursors, Sealer
from adapters.vault.succession import key_management
from adapters.vault.vault import Vault
from adapters.wakeup import Bell
from adapters.watch.board import Board, board
from application.catalogue import PROCESSES
from application.kernel.context import Caller
from application.kernel.dispatch import Dispatcher
from application.kernel.world import World, utc_now
from domain.catalogue import EVENTS
from domain.kernel.errors import Kind, NotFound, Refused
from projections.kernel.reader import Reader

FLIGHTS, LANES = 2, 4
POLL_SECONDS = 0.003
KEY_POOL = 4
#: The cache is asked only while that is quicker than doing without.
CACHE_SECONDS = 0.25
_REACHED = b"""SELECT coalesce(min(b.position), 0) FROM consumers.bookmarks b
    JOIN consumers.generations g USING (consumer, generation)
    WHERE g.state = 'live' AND b.consumer = ANY(%s)"""


class Lagging(Refused):
    """A read model has not yet reached the position the caller waits for."""

    code = "read-model-lagging"
    kind = Kind.UNAVAILABLE


class Services:
    """What a route, a worker or a tool may use. Open with :func:`open_services`, close when done.

    ``pool`` logs in for ``role``; keys are reached by ``key_pool`` alone, which sees nothing else.
    """

    def __init__(self, settings: Settings, pool_size: int, role: Role) -> None:
        self.settings = settings
        self.urls = {each: guarded(logins.url_for(settings, each)) for each in (role, Role.KEYS)}
        url, redis_url = self.urls[role], servers.running_redis(settings)
        self.pool = pool(url, 2, pool_size)
        self.key_pool = pool(self.urls[Role.KEYS], 1, min(pool_size, KEY_POOL))
        self.new_id = uuid7
        self.codec = Codec(EVENTS)
        self.vault = Vault()
        self._root = key_management(settings.root_key, settings.root_key_path)
        self.keys = KeyStore(self._root, self.vault, uuid7)
        self.watch = RevocationWatch(self.key_pool, self.keys)
        self.limiter = Limiter(settings, redis_url)
        self.bell = Bell(redis_url) if redis_url else None  # without a wake-up, consumers poll
        ring = self.bell.pull if self.bell else _nobody
        self.batcher = Batcher(url, FLIGHTS)
        self.lanes = Lanes(url, LANES)
        shelf = Shelf(connect(redis_url, settings.redis_pool, CACHE_SECONDS) if redis_url else None)
        self.cache = Cache(shelf, FileCipher(self.key_pool, self.keys), self.reached)
        self.store = PostgresEventStore(
            self.lanes, self.key_pool, self.batcher, self.codec, self.keys, ring, self.cache.appended
        )
        self.streams = PostgresStreams(self.lanes, self.key_pool, self.codec, self.keys)
        self.access_log = AccessLogTable(url, self.pool, self.key_pool, self.codec, self.keys)
        self.proofs = Proofs(self.pool)
        self.reader = Reader(self.lanes, self.streams)
        self.assignments = ByAppointments(self.reader)
        self.dispatcher = Dispatcher(self.store, self.assignments)
        self.review = Review(self.pool, self.streams)
        self.facts = Facts(self.review)
        self._house_people(settings)
        self.health = checker(settings, self._parts(redis_url))

    def _house_people(self, settings: Settings) -> None:
        """Who signs in, and all that is written, kept or forgotten for somebody."""
        self.files = LocalFiles(settings.files_directory, self.key_pool, self.keys)
        self.invoices = TypstInvoices()
        self.identity = Identity(settings, self.pool, self.key_pool, self.keys, self.store, self.dispatcher, self.cache)
        self.cursors = Cursors(self.identity.hashes)
        self.notifier = Spool(settings.state / "spool", self.identity.cipher)
        self.personal_keys = StoredPersonalKeys(
            self.pool, self.key_pool, self.keys, timedelta(days=settings.key_days), self.cache.forget
        )
        self.journal = JournalFile(settings.erasure_journal_path)
        self.witness = SigningWitness(self.pool, partial(SignerFile, settings.signer_key_path))

    def _parts(self, redis_url: str | None) -> Parts:
        look = partial(self.keys.look, self.key_pool)
        return Parts(self.observe, self.effects, self.merkle, self.watched, look, self.pool.get_stats, redis_url)

    def performer(self, now: Callable[[], datetime] = utc_now) -> Performer:
        """Return what performs effects, by the clock ``now``."""

        def world(act: SystemAct) -> World:
            return World(act, self.store, self.streams, self.files, self.invoices, self.notifier,
                         self.personal_keys, self.journal, self.witness, self.identity.challenges,
                         self.identity.accounts, self.identity.invitations, now)  # fmt: skip

        return Performer(self.pool, PROCESSES, self.dispatcher, world, self.new_id, now)

    def restricted_facts(self) -> Facts:
        """Return a reader of data that is kept closed; its keys leave memory together with it."""
        keys = KeyStore(self._root, Vault(), self.new_id, even_closed=True)
        return Facts(Review(self.pool, PostgresStreams(self.lanes, self.key_pool, self.codec, keys)))

    async def carry_out_erasure(self, tenant_id: UUID, erasure_id: UUID) -> None:
        """Do now what the worker would do for an erasure."""
        await carry_out(self.performer(), self.streams, tenant_id, erasure_id)

    async def erasure_state(self, tenant_id: UUID, erasure_id: UUID) -> dict[str, Any]:
        """Return where an erasure stands, as its own events tell."""
        return await state(self.streams, tenant_id, erasure_id)

    def same_tenant(self, caller: Caller, clinic_id: UUID) -> None:
        """Raise NotFound for a clinic that is not the caller's."""
        if clinic_id != caller.tenant_id:
            raise NotFound("There is no such clinic here.", id=str(clinic_id))

    async def wait_for(self, read_models: Sequence[str], position: int) -> None:
        """Return when every read model has reached ``position``; after the bound raise Lagging with the lag."""
        deadline = time.monotonic() + self.settings.wait_for_seconds
        while True:
            reached = await self.reached(read_models)
            if reached >= position:
                return
            if time.monotonic() > deadline:
                raise Lagging("The answer is not up to date yet: try again in a moment.", lag=position - reached)
            await asyncio.sleep(POLL_SECONDS)

    def keeping(self, family: Family, tenant_id: UUID, beyond: int) -> Reader:
        """Return a reader of a tenant's rows whose questions' answers are kept in ``family``."""
        asker = KeptQuestions(self.cache, family, tenant_id, self.lanes, beyond)
        return Reader(asker, self.streams).within(tenant_id)

    async def observe(self) -> list[observe.ConsumerState]:
        """Return where every consumer stands."""

        async def look() -> list[observe.ConsumerState]:
            async with self.pool.connection() as connection:
                return await observe.consumers(connection)

        return await unavailable(look())

    async def watched(self) -> Board:
        """Return what was last seen of every rule that is watched."""
        async with self.pool.connection() as connection:
            return await board(connection)

    async def effects(self) -> tuple[dict[str, int], float]:
        """Return the number of effects by state, and how many seconds the oldest due one has waited."""
        async with self.pool.connection() as connection:
            return await observe.effect_states(connection)

    async def merkle(self) -> MerkleState:
        """Return how the Merkle log stands."""
        async with self.pool.connection() as connection:
            return await merkle(connection)

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        await self.watch.close()
        await self.identity.close()
        await self.batcher.close()
        await self.lanes.close()
        await self.access_log.close()
        await self.limiter.close()
        await self.cache.close()
        if self.bell:
            await self.bell.close()
        await self.key_pool.close()
        await self.pool.close()

    async def reached(self, read_models: Sequence[str]) -> int:
        """Return the position up to which all of some consumers have come."""
        return int((await unavailable(self.lanes.ask(_REACHED, (list(read_models),)))).rows[0][0])


def _nobody(position: int) -> None:
    """Nobody listens."""


async def open_services(settings: Settings, pool_size: int | None = None, role: Role = Role.APP) -> Services:
    """Open the services of one process over the servers the settings name (or embedded ones), and wait for them.

    Raises CannotLogIn, TooPowerful when a login is more than it must be, NotDurable when the database may lose what it
    acknowledges, CannotServe when a restored backup brought back destroyed keys and they cannot be destroyed again, or
    when it is older than the notes outside.
    """
    services = Services(settings, pool_size or settings.database_pool, role)
    for each, url in services.urls.items():
        check_login(url, each)
    if role is Role.APP:
        await asyncio.to_thread(refuse_behind, services.urls[role], settings)
    await services.pool.open(wait=True)
    await services.key_pool.open(wait=True)
    await assert_durable(services.pool)
    await asyncio.to_thread(destroy_again, services.urls[Role.KEYS], services.journal)
    services.watch.start()
    await services.identity.withdrawals.start()
    return services


__all__ = [
    "ACTOR",
    "ALIASES",
    "LIMITS",
    "MACHINE",
    "MARK",
    "Cursors",
    "Family",
    "Finding",
    "Kept",
    "KeyRing",
    "Lagging",
    "LimitsUnavailable",
    "Made",
    "Place",
    "Review",
    "Role",
    "Sealer",
    "Services",
    "Settings",
    "State",
    "TooManyRequests",
    "configure",
    "families",
    "figures",
    "guarded",
    "index_keys",
    "index_makers",
    "is_secret",
    "open_access_runner",
    "open_ring",
    "open_runner",
    "open_services",
    "settings",
    "signed",
    "variable",
    "which",
]
