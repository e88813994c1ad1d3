"""What a review found, as JSON: the same from the API and from the command line. Names are those of the events."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from adapters.review.account import Entry
from adapters.review.changes import plain
from adapters.review.charts import Difference, Version
from adapters.review.people import Person
from adapters.review.states import State
from domain.kernel.recorded import Recorded

People = Mapping[UUID, Person]
_encode = msgspec.json.Encoder().encode


def line(recorded: Recorded) -> bytes:
    """Return an event as a line of NDJSON: its place, its data as far as they were opened, and its metadata."""
    return _encode({
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "stream_id": recorded.stream_id,
        "version": recorded.version,
        "type": recorded.copy.type,
        "schema_version": recorded.copy.schema_version,
        "subject_id": recorded.subject_id,
        "data": recorded.event,
        "meta": msgspec.Raw(recorded.meta.encode()),
    }) + b"\n"  # fmt: skip


def entry(told: Entry, people: People) -> dict[str, Any]:
    """Return one event of an account."""
    return {
        "position": told.position,
        "recorded_at": told.recorded_at,
        "effective_at": told.effective_at,
        "effective_until": told.effective_until,
        "stream_id": told.stream_id,
        "version": told.version,
        "kind": told.kind,
        "type": told.type,
        "what": told.what,
        "person_id": told.person_id,
        "who": who(told, people),
        "why": told.why,
        "changes": [change.facts() for change in told.changes],
        "request": told.request._asdict(),
    }


def who(told: Entry, people: People) -> dict[str, Any]:
    """Return who did it, as far as the directory knows them, and on whose behalf."""
    person = people.get(told.actor_id) if told.actor_id else None
    known = person._asdict() if person else {"id": told.actor_id, "role": None, "name": None}
    return known | {"on_behalf_of": told.on_behalf_of}


def state(then: State, last: Entry, versions: int, people: People) -> dict[str, Any]:
    """Return a state: what the aggregate holds, what its events said beside that, and the event it stands after."""
    return {
        "stream_id": last.stream_id,
        "kind": then.kind,
        "version": then.version,
        "versions": versions,
        "state": then.held(),
        "said": then.said(),
        "last": entry(last, people),
    }


def difference(found: Difference, people: People) -> dict[str, Any]:
    """Return an entry of a chart that reads differently, and each step of how it came to."""
    return {
        "record_id": found.record_id,
        "record_type": found.record_type,
        "difference": found.kind,
        "version_before": found.before.entry.version if found.before else None,
        "version_after": found.after.entry.version if found.after else None,
        "changes": [change.facts() for change in found.changes],
        "steps": [entry(step.entry, people) | {"author_id": step.author_id} for step in found.steps],
    }


def version(found: Version, people: People) -> dict[str, Any]:
    """Return an entry of a chart as it was known."""
    event = found.recorded.event
    return {
        "record_id": found.recorded.stream_id,
        "record_type": found.record_type,
        "version": found.recorded.version,
        "recorded_at": found.recorded.recorded_at,
        "effective_at": found.entry.effective_at,
        "effective_until": found.entry.effective_until,
        "author_id": found.author_id,
        "who": who(found.entry, people),
        "content": plain(getattr(event, "content", None)),
    }
