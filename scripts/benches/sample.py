"""The facts that benches write: a booking as it is, without and with a personal field; its commit; its store."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.bootstrap import FLIGHTS, LANES
from adapters.codec.codec import Codec
from adapters.postgres.batcher import BATCH, Batcher
from adapters.postgres.event_store import PostgresEventStore
from adapters.postgres.key_store import KeyStore
from adapters.postgres.lanes import Lanes
from adapters.postgres.watch import RevocationWatch
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import DataKey, Header, Owner, Vault
from adapters.wakeup import Bell
from application.kernel.context import Caller, Context, Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.event import DomainEvent, Retention, Sealed
from domain.kernel.unique import UniqueKey

TENANT, CALLER, PRACTITIONER = uuid7(), uuid7(), uuid7()
PATIENTS = [uuid7() for _ in range(200)]
NO_KEY = DataKey(uuid7(), None)


class SlotBooked(DomainEvent, frozen=True, kw_only=True):
    """A booking without anything personal in it."""

    TOPIC: ClassVar[str] = "bench.slot.booked"
    SUBJECT: ClassVar[str | None] = "patient_id"
    patient_id: UUID
    practitioner_id: UUID
    starts: datetime
    minutes: int
    price: int
    currency: str


class SlotBookedWithNotes(SlotBooked, frozen=True, kw_only=True):
    """The same with a note that only the patient's key opens."""

    TOPIC: ClassVar[str] = "bench.slot.booked_with_notes"
    notes: Sealed[str]


class Slot(Aggregate):
    """As much of an aggregate as a fight over one stream needs."""

    NAME = "slot"

    @evolves
    def _booked(self, event: SlotBooked | SlotBookedWithNotes) -> None:
        """The version is all that counts here."""


CODEC = Codec({event.TOPIC: event for event in (SlotBooked, SlotBookedWithNotes)})


def booked(number: int, *, notes: bool = False) -> SlotBooked:
    """Return the ``number``-th booking."""
    made = SlotBookedWithNotes if notes else SlotBooked
    more = {"notes": "Prefers to be called by first name"} if notes else {}
    return made(
        patient_id=PATIENTS[number % len(PATIENTS)],
        practitioner_id=PRACTITIONER,
        starts=datetime.now(UTC),
        minutes=30,
        price=5_000,
        currency="EUR",
        **more,
    )


def commit(
    stream: UUID, event: DomainEvent, *, version: int = 0, take: UniqueKey | None = None, give: UniqueKey | None = None
) -> Commit:
    """Return one command that appends ``event``: its context, its outcome, a key taken or given back."""
    context = Context(
        caller=Caller(TENANT, CALLER, frozenset({"clinic_admin"})),
        command_id=uuid7(),
        now=datetime.now(UTC),
        new_id=uuid7,
        correlation_id=uuid7(),
    )
    return Commit(
        context,
        [StreamAppend(stream, version, [event])],
        [(take, stream)] if take else [],
        [(give, stream)] if give else [],
        Outcome(stream, version + 1, 0, {"status": "booked"}),
    )


class Unsealing(Vault):
    """Stands in the vault's place to show what sealing costs: asks for no keys and lets everything lie in the clear."""

    def missing(self, owners: Iterable[Owner]) -> list[Owner]:
        return []

    def stale(self) -> bool:
        return False

    def key_for(self, tenant_id: UUID, subject_id: UUID, retention: Retention) -> DataKey:
        return NO_KEY

    def seal(self, key: DataKey, header: Header, data: bytes, personal: bytes) -> bytes:
        return personal


@asynccontextmanager
async def store(
    url: str, redis_url: str, folder: Path, batch: int = BATCH, vault: Vault | None = None
) -> AsyncIterator[PostgresEventStore]:
    """Open the event store as a process of ours does, wake-up included."""
    vault = vault or Vault()
    bell, batcher = Bell(redis_url), Batcher(url, FLIGHTS, batch)
    keys = KeyStore(RootKeyFile(folder / "root.key"), vault, uuid7)
    async with AsyncConnectionPool(url, min_size=2, max_size=8, open=False, kwargs={"autocommit": True}) as pool:
        lanes, watch = Lanes(url, LANES), RevocationWatch(pool, keys)
        watch.start()
        yield PostgresEventStore(lanes, pool, batcher, CODEC, keys, bell.pull)
        await watch.close()
        await lanes.close()
        await batcher.close()
        await bell.close()


async def writing(opened: PostgresEventStore, writers: int, seconds: float, *, notes: bool) -> float:
    """Append from so many tasks, each one booking at a time that takes a key; return how many a second."""
    numbers = itertools.count()

    async def book() -> None:
        stream, number = uuid7(), next(numbers)
        take = UniqueKey("bench.slot", str(stream))
        await opened.append(commit(stream, booked(number, notes=notes), take=take))

    async def write() -> int:
        done = 0
        while time.perf_counter() < stop:
            await book()
            done += 1
        return done

    # Connections and plans are there, and everybody's key.
    await asyncio.gather(*(book() for _ in range(max(2 * writers, len(PATIENTS)))))
    started = time.perf_counter()
    stop = started + seconds
    done = await asyncio.gather(*(write() for _ in range(writers)))
    return sum(done) / (time.perf_counter() - started)
