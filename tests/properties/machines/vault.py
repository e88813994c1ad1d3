"""The key vault over a real PostgreSQL: two processes with keys in memory, rotations begun and finished meanwhile."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import strategies as some
from hypothesis.stateful import invariant
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.logins import Role, url_for
from adapters.postgres.key_store import KeyStore
from adapters.postgres.rotation import Rotation
from adapters.postgres.tenancy import pool
from adapters.settings import Settings
from adapters.vault.alarms import Forged
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Header, PersonErased, Vault
from domain.kernel.event import Retention
from tests.properties.models.vault import CLOSED, DESTROYED, OPEN, Beliefs, Keys, Person, told
from tests.properties.playing import Machine, Tally, relax, turn

T = TypeVar("T")
TENANT = UUID(int=61)
PEOPLE = [(UUID(int=n), r) for n in (62, 63) for r in (Retention.CLINICAL, Retention.BILLING)]
TABLES = ("data_keys", "tenant_keys", "closed", "revocations")
#: A rotation of few keys takes several turns, so that it is met half-way.
BATCH = 1
_LOG = b"SELECT kind, subject_id, retentions FROM vault.revocations ORDER BY number"
_NUMBERS = b"SELECT count(*) = coalesce(max(number), 0) FROM vault.revocations"
_KEYS = b"SELECT subject_id, retention, key_id, wrapped IS NULL, epoch FROM vault.data_keys"
_EPOCHS = b"SELECT epoch FROM vault.tenant_keys WHERE wrapped IS NOT NULL"
_RETIRE = "UPDATE vault.tenant_keys SET wrapped = NULL, destroyed_at = now() WHERE wrapped IS NOT NULL AND epoch < %s"


class Ground(NamedTuple):
    """What all runs stand on."""

    runner: asyncio.Runner
    pool: AsyncConnectionPool[Any]
    admin: psycopg.Connection[Any]
    root_key: Path


class Envelope(NamedTuple):
    """Something sealed, about whom, and what it says."""

    person: Person
    header: Header
    key_id: UUID
    sealed: bytes
    text: str


class Process:
    """A process of ours with keys in memory, and what it may believe of them."""

    def __init__(self, ground: Ground, keys: Keys, kind: type[Vault]) -> None:
        self.vault = kind()
        self.store = KeyStore(RootKeyFile(ground.root_key, grace=timedelta(0)), self.vault, uuid7)
        self.beliefs = Beliefs(keys)


class Safe(Machine):
    """Seals and opens for two people, closes and destroys their keys, rotates the tenant's and the root's."""

    ground: ClassVar[Ground]
    processes = some.sampled_from([0, 1])
    people = some.sampled_from(PEOPLE)
    classes = some.sampled_from([(Retention.CLINICAL,), (Retention.BILLING,), (Retention.CLINICAL, Retention.BILLING)])

    def __init__(self, planted: type | None = None, tally: Tally | None = None) -> None:
        super().__init__(tally)
        self.vault_kind = planted if planted is not None and issubclass(planted, Vault) else Vault
        kind = planted if planted is not None and issubclass(planted, Rotation) else Rotation
        self.keys = Keys()
        self.model: list[Envelope] = []
        self.processes_now = [self.started(), self.started()]
        self.rotation = kind(self.ground.admin, RootKeyFile(self.ground.root_key, grace=timedelta(0)), BATCH)

    @classmethod
    @contextmanager
    def stage(cls, url: Callable[[], str], folder: Path) -> Iterator[None]:
        """Open the database."""
        database = url()
        relax(database)
        made = pool(url_for(Settings(database_url=database), Role.KEYS), 1, 4)
        with asyncio.Runner() as runner, psycopg.connect(database, autocommit=True) as admin:
            runner.run(made.open())
            cls.ground = Ground(runner, made, admin, folder / "root.key")
            try:
                yield
            finally:
                runner.run(made.close())

    def clean(self) -> None:
        with self.ground.admin.pipeline():
            for table in TABLES:
                self.ground.admin.execute(f"DELETE FROM vault.{table}".encode())

    def started(self) -> Process:
        return Process(self.ground, self.keys, self.vault_kind)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.ground.runner.run(work)

    def revoked(self, by: Process, person: UUID, classes: Collection[Retention]) -> None:
        """Whoever revokes has looked; the others may not have heard of it yet."""
        for process in self.processes_now:
            process.beliefs.changed((person, each) for each in classes)
        by.beliefs.looked()

    @turn(weight=3, number=processes, person=people)
    def seal(self, number: int, person: Person) -> None:
        process, header = self.processes_now[number], Header(TENANT, uuid7(), 1, "a.thing.noted", 1)
        owner = (TENANT, *person)
        self.run(process.store.obtain(self.ground.pool, [owner]))
        key, text = process.vault.key_for(*owner), f"note {len(self.model)}"
        assert self.keys.ids.setdefault(person, key.key_id) == key.key_id
        try:
            sealed = process.vault.seal(key, header, b"{}", text.encode())
        except PersonErased:
            assert process.beliefs.of(person) & {CLOSED, DESTROYED}
        else:
            assert OPEN in process.beliefs.of(person)
            self.model.append(Envelope(person, header, key.key_id, sealed, text))

    @turn(weight=3, when=lambda self: self.model, number=processes, which=some.sampled_from(range(20)))
    def open(self, number: int, which: int) -> None:
        process, envelope = self.processes_now[number], self.model[-1 - which % len(self.model)]
        self.run(process.store.fetch(self.ground.pool, TENANT, [envelope.key_id]))
        text = process.vault.open(envelope.header, envelope.key_id, envelope.sealed)
        beliefs = process.beliefs.of(envelope.person)
        if text is None:
            assert beliefs & {CLOSED, DESTROYED}
            return
        assert OPEN in beliefs
        assert text == envelope.text
        with pytest.raises(Forged):
            process.vault.open(envelope.header._replace(version=2), envelope.key_id, envelope.sealed)

    @turn(number=processes, person=people, classes=classes)
    def close(self, number: int, person: Person, classes: tuple[Retention, ...]) -> None:
        process, (who, _) = self.processes_now[number], person
        self.run(process.store.close_subject(self.ground.pool, TENANT, who, classes))
        self.keys.closed |= {(who, each) for each in classes}
        self.revoked(process, who, classes)

    @turn(weight=2, number=processes, person=people, classes=classes)
    def reopen(self, number: int, person: Person, classes: tuple[Retention, ...]) -> None:
        process, (who, _) = self.processes_now[number], person
        self.run(process.store.reopen_subject(self.ground.pool, TENANT, who, classes))
        self.keys.closed -= {(who, each) for each in classes}
        self.revoked(process, who, classes)

    @turn(number=processes, person=people, really=some.sampled_from(range(4)))
    def destroy(self, number: int, person: Person, really: int) -> None:
        if really != 2:  # else little would be left to play with
            return
        process, (who, retention) = self.processes_now[number], person
        (gone,) = self.run(process.store.destroy(self.ground.pool, TENANT, who, [retention]))
        assert self.keys.ids.setdefault(person, gone.key_id) == gone.key_id
        self.keys.destroyed.add(person)
        self.revoked(process, who, [retention])

    @turn(weight=2, number=processes)
    def look(self, number: int) -> None:
        process = self.processes_now[number]
        self.run(process.store.look(self.ground.pool))
        process.beliefs.looked()

    @turn(number=processes)
    def restart(self, number: int) -> None:
        self.processes_now[number] = self.started()

    @turn(weight=2, turns=some.sampled_from([1, 1, 2]))
    def rotate(self, turns: int) -> None:
        for _ in range(turns):
            self.rotation.turn(TENANT)

    @turn(really=some.sampled_from(range(4)))
    def renew_the_root(self, really: int) -> None:
        if really == 2:  # it waits for the disk
            self.rotation.rotate_root()

    @invariant()
    def log_and_keys_tell_what_the_model_knows(self) -> None:
        """Keys are never lost nor come back, and each that is there lies under an epoch that is."""
        with self.ground.admin.pipeline():
            log, keys, epochs, whole = [self.ground.admin.execute(query) for query in (_LOG, _KEYS, _EPOCHS, _NUMBERS)]
        known = told((kind, who, classes) for kind, who, classes in log if who is not None)
        assert (known.closed, known.destroyed) == (self.keys.closed, self.keys.destroyed)
        assert whole.fetchone() == (True,)
        live = {epoch for (epoch,) in epochs}
        assert len(live) <= 2
        found = {(who, Retention(retention)): rest for who, retention, *rest in keys}
        assert {person: rest[0] for person, rest in found.items()} == self.keys.ids
        for person, (_, gone, epoch) in found.items():
            assert gone is (person in self.keys.destroyed)
            assert gone or epoch in live


class Hoarder(Vault):
    """Planted: a process that goes on using the keys it has, whatever has become of them."""

    def drop(self, owners: object, key_ids: object) -> None:
        """Keep them."""


class HastyRotation(Rotation):
    """Planted: the old epoch ends as soon as the new one has begun."""

    def turn(self, tenant_id: UUID) -> Any:
        done = super().turn(tenant_id)
        newest = self._tenants.of(tenant_id)
        self._connection.execute(_RETIRE.encode(), (newest.newest if newest else 0,))
        return done
