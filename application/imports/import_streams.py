"""Take over a document of another system: every stream it begins, or none; what is here already stays as it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from application.ports.event_store import Commit, StreamAppend
from domain.kernel.errors import Invalid
from domain.kernel.event import DomainEvent
from domain.kernel.unique import UniqueKey


class UnknownReference(Invalid):
    """The document refers to something that is neither in it nor here."""

    code = "unknown-reference"


class ImportedStream(msgspec.Struct, frozen=True):
    """A stream that begins with what another system says; ``type`` as that system names it.

    ``id`` is what it goes by here. ``keys`` it must have; ``names`` lead to that id from then on, where they are free.
    """

    stream_id: UUID
    id: UUID
    type: str
    event: DomainEvent
    keys: tuple[UniqueKey, ...] = ()
    names: tuple[UniqueKey, ...] = ()


class ImportStreams(Command, frozen=True, kw_only=True):
    """``document`` is its id, derived from its content; ``outside`` maps streams it refers to to who refers to them."""

    document: UUID
    streams: Sequence[ImportedStream]
    outside: Mapping[UUID, int]


@use_case(ImportStreams, "imports:create")
async def handle(command: ImportStreams, session: Session) -> Outcome:
    """Append in one transaction. Raises UnknownReference (details: entry), KeyTaken, VersionConflict.

    The answer counts per type what was already here (``already``); what is new is the rest.
    """
    tenant_id = session.context.tenant_id
    wanted = [stream.stream_id for stream in command.streams]
    there = await session.store.existing(tenant_id, [*wanted, *command.outside])
    missing = [entry for stream_id, entry in command.outside.items() if stream_id not in there]
    if missing:
        raise UnknownReference("This refers to something that is not here.", entry=min(missing))
    fresh = [stream for stream in command.streams if stream.stream_id not in there]
    already = Counter(stream.type for stream in command.streams if stream.stream_id in there)
    outcome = Outcome(command.document, 1, 0, {"already": dict(already)})
    if not fresh:
        return outcome
    appends = [StreamAppend(stream.stream_id, 0, [stream.event]) for stream in fresh]
    take = [(key, stream.stream_id) for stream in fresh for key in stream.keys]
    names = {key: stream.id for stream in reversed(fresh) for key in stream.names}
    held = await session.store.holders(tenant_id, list(names)) if names else {}
    take += [(key, id_) for key, id_ in names.items() if key not in held]
    position = await session.store.append(Commit(session.context, appends, take, [], outcome))
    return Outcome(outcome.id, outcome.version, position, outcome.answer)
