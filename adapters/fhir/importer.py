"""Takes bundles over one by one: read, mapped, and appended whole by one command each, or refused whole."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from adapters.fhir import files
from adapters.fhir.bundle import SOURCE, Bundle, Reading, name_key
from adapters.fhir.refusal import Unusable
from adapters.fhir.report import Refusal, Report
from application.imports.import_streams import ImportStreams, UnknownReference
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Dispatcher
from application.ports.event_store import EventStore
from domain.kernel.errors import Kind, Refused
from domain.kernel.ids import derived_id

#: Raise it when bundles are mapped to more or other streams than before: the same bundle is then another command.
MAPPING = 2


class Circumstances(NamedTuple):
    """On whose behalf a run imports, and how its bundles are understood."""

    tenant_id: UUID
    new_id: Callable[[], UUID]
    clock: Callable[[], datetime]
    zone: str = "UTC"
    source: str = SOURCE


class Waiting(NamedTuple):
    """A bundle that refers to something not (yet) here."""

    name: str
    bundle: Bundle
    digest: bytes


class Importer:
    """One run over a list of files; :attr:`report` tells what it did."""

    def __init__(self, dispatcher: Dispatcher, store: EventStore, given: Circumstances) -> None:
        self._dispatcher = dispatcher
        self._store = store
        self._given = given
        self._run = given.new_id()
        self._waiting: list[Waiting] = []
        self.report = Report()

    async def run(self, paths: Sequence[Path]) -> AsyncIterator[Path]:
        """Import every file, yielding each when it has been dealt with; then those that had to wait for others."""
        for path in paths:
            try:
                content = files.read(path)
            except Unusable as refusal:
                self.report.files += 1
                self._refuse(path.name, refusal, Counter())
            else:
                await self.take(path.name, content)
            yield path
        await self.settle()

    async def take(self, name: str, content: bytes) -> None:
        """Import one bundle. Raises StoreUnavailable; a bundle that cannot be taken is in the report."""
        self.report.files += 1
        try:
            bundle = Bundle.parse(content)
        except Unusable as refusal:
            self._refuse(name, refusal, Counter())
            return
        waiting = Waiting(name, bundle, hashlib.sha256(content).digest())
        if not await self._try(waiting):
            self._waiting.append(waiting)

    async def settle(self) -> None:
        """Try again what referred to something that has come since, until nothing more comes; refuse the rest."""
        progress = True
        while progress and self._waiting:
            before, self._waiting = self._waiting, []
            for waiting in before:
                if not await self._try(waiting):
                    self._waiting.append(waiting)
            progress = len(self._waiting) < len(before)
        for waiting in self._waiting:
            await self._try(waiting, last=True)
        self._waiting.clear()

    async def _try(self, waiting: Waiting, *, last: bool = False) -> bool:
        """Take a bundle or refuse it; return False when it refers to what is not here yet, unless this is the ``last``
        time."""
        name, bundle, digest = waiting
        given = self._given
        try:
            wanted = {name_key(key): key for key in bundle.elsewhere()}
            held = await self._store.holders(given.tenant_id, list(wanted)) if wanted else {}
            if len(held) < len(wanted) and not last:
                return False
            known = {wanted[key]: id_ for key, id_ in held.items()}
            reading = bundle.reading(given.tenant_id, given.clock(), given.zone, given.source, known)
            self._count(reading, await self._dispatch(reading, digest))
        except Unusable as refusal:
            self._refuse(name, refusal, bundle.read)
        except UnknownReference as unknown:
            if not last:
                return False
            entry = unknown.details["entry"]
            assert isinstance(entry, int)
            self._refuse(name, Unusable(unknown.code, "reference", entry=entry), bundle.read)
        except Refused as refused:
            if refused.kind is Kind.UNAVAILABLE:
                raise
            self._refuse(name, Unusable(refused.code), bundle.read)
        return True

    async def _dispatch(self, reading: Reading, digest: bytes) -> Outcome:
        given = self._given
        document = derived_id("fhir-bundle", given.tenant_id, given.source, MAPPING, digest.hex())
        command = ImportStreams(document=document, streams=reading.mapped, outside=reading.outside)
        return await self._dispatcher.dispatch(command, self._context(document, digest))

    def _count(self, reading: Reading, outcome: Outcome) -> None:
        imported = Counter(stream.type for stream in reading.mapped)
        already = imported if outcome.repeated else outcome.answer.get("already")
        here: Counter[str] = Counter(already) if isinstance(already, dict) else Counter()
        self.report.take(reading.read, imported, reading.not_mapped, here, outcome.position)

    def _refuse(self, name: str, refusal: Unusable, read: Counter[str]) -> None:
        self.report.refuse(Refusal(name, refusal.entry, refusal.resource, refusal.code, refusal.field), read)

    def _context(self, document: UUID, digest: bytes) -> Context:
        given = self._given
        return Context(
            caller=Caller(given.tenant_id, derived_id("importer"), frozenset({"system"})),
            command_id=document,
            now=given.clock(),
            new_id=given.new_id,
            correlation_id=self._run,
            request_hash=digest,
        )
