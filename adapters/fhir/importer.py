"""Takes bundles over one by one: read, mapped, and appended whole by one command each, or refused whole."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from adapters.fhir import files
from adapters.fhir.bundle import SOURCE, Bundle, Reading
from adapters.fhir.refusal import Unusable
from adapters.fhir.report import Refusal, Report
from application.imports.import_streams import ImportStreams, UnknownReference
from application.kernel.context import Caller, Context, Outcome
from application.kernel.dispatch import Dispatcher
from domain.kernel.errors import Kind, Refused
from domain.kernel.ids import derived_id

#: Raise it when bundles are mapped to more or other streams than before: the same bundle is then another command.
MAPPING = 1


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
    reading: Reading
    command: ImportStreams
    context: Context


class Importer:
    """One run over a list of files; :attr:`report` tells what it did."""

    def __init__(self, dispatcher: Dispatcher, given: Circumstances) -> None:
        self._dispatcher = dispatcher
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
        given = self._given
        self.report.files += 1
        read: Counter[str] = Counter()
        try:
            bundle = Bundle.parse(content)
            read = bundle.read
            reading = bundle.reading(given.tenant_id, given.clock(), given.zone, given.source)
        except Unusable as refusal:
            self._refuse(name, refusal, read)
            return
        digest = hashlib.sha256(content).digest()
        document = derived_id("fhir-bundle", given.tenant_id, given.source, MAPPING, digest.hex())
        command = ImportStreams(document=document, streams=reading.mapped, outside=reading.outside)
        waiting = Waiting(name, reading, command, self._context(document, digest))
        if not await self._dispatch(waiting):
            self._waiting.append(waiting)

    async def settle(self) -> None:
        """Try again what referred to something that has come since, until nothing more comes; refuse the rest."""
        progress = True
        while progress and self._waiting:
            before, self._waiting = self._waiting, []
            for waiting in before:
                if not await self._dispatch(waiting):
                    self._waiting.append(waiting)
            progress = len(self._waiting) < len(before)
        for name, reading, command, _ in self._waiting:
            refusal = Unusable(UnknownReference.code, "reference", entry=min(command.outside.values()))
            self._refuse(name, refusal, reading.read)
        self._waiting.clear()

    async def _dispatch(self, waiting: Waiting) -> bool:
        """Return False when the bundle refers to something that is not here."""
        name, reading, command, context = waiting
        try:
            outcome = await self._dispatcher.dispatch(command, context)
        except UnknownReference:
            return False
        except Refused as refused:
            if refused.kind is Kind.UNAVAILABLE:
                raise
            self._refuse(name, Unusable(refused.code), reading.read)
            return True
        self._count(reading, outcome)
        return True

    def _count(self, reading: Reading, outcome: Outcome) -> None:
        imported = Counter(stream.type for stream in reading.mapped)
        already = outcome.answer.get("already")
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
