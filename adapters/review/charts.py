"""A patient's chart out of its events: what was known then, of what held true then, and who changed it in between."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from adapters.review.account import Account, Entry
from adapters.review.changes import Change, Leaves, differences, leaves, plain
from domain.kernel.recorded import Recorded
from domain.records.entry import EntryAmended, EntryRecorded, EntryRetracted, RecordType
from domain.records.shapes import SHAPES, TYPE_OF

TOPICS = [kind.TOPIC for shape in SHAPES.values() for kind in (shape.recorded, shape.amended, shape.retracted)]
#: What an entry tells; the rest of its events says who changed it and why.
TOLD = ("effective_at", "effective_until", "encounter_id", "content")


class Kind(StrEnum):
    """What became of an entry between two moments. A PASSING one came and went: it is in neither chart."""

    ADDED = "added"
    AMENDED = "amended"
    RETRACTED = "retracted"
    PASSING = "passing"


class Version(NamedTuple):
    """One version of an entry, as it was recorded and as a reviewer reads it."""

    recorded: Recorded
    entry: Entry

    @property
    def retracted(self) -> bool:
        """Whether it says that the entry does not count."""
        return isinstance(self.recorded.event, EntryRetracted)

    @property
    def record_type(self) -> RecordType:
        """Of which type the entry is."""
        return TYPE_OF[type(self.recorded.event)]

    @property
    def author_id(self) -> UUID | None:
        """Who answers for what it says: the practitioner, who need not be the one who entered it."""
        event = self.recorded.event
        assert isinstance(event, EntryRecorded | EntryAmended | EntryRetracted)
        return event.author_id

    def held(self, moment: datetime | None) -> bool:
        """Whether it is about what held true at ``moment`` (None: at any time)."""
        event = self.recorded.event
        if not isinstance(event, EntryRecorded | EntryAmended):
            return False
        return moment is None or (
            event.effective_at <= moment and (event.effective_until is None or moment < event.effective_until)
        )

    def leaves(self) -> Leaves:
        """Return what it tells, taken apart."""
        if self.retracted:
            return {}
        return leaves({name: plain(getattr(self.recorded.event, name)) for name in TOLD})


class Difference(NamedTuple):
    """An entry that reads differently. ``before``/``after``: its version in either chart, None where it is not in it.

    ``changes`` lead from the one to the other; ``steps`` are the versions recorded in between, each with its author.
    """

    record_id: UUID
    record_type: RecordType
    kind: Kind
    before: Version | None
    after: Version | None
    changes: list[Change]
    steps: list[Version]


class Chart:
    """Every version of every entry, out of the events of one patient's chart in order."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        account = Account()
        self._records: dict[UUID, list[Version]] = {}
        for each in recorded:
            self._records.setdefault(each.stream_id, []).append(Version(each, account.entry(each)))

    def known(self, at: datetime | None, valid_at: datetime | None) -> list[Version]:
        """Return the entries known ``at`` a moment (None: now) about what held true at ``valid_at``, latest first."""
        shown = [v for versions in self._records.values() if (v := _known(versions, at)) and v.held(valid_at)]
        return sorted(shown, key=_effective, reverse=True)

    def difference(self, begin: datetime, end: datetime, valid_at: datetime | None) -> list[Difference]:
        """Return the entries of which something else was known at ``end`` than at ``begin``, first changed first."""
        found = []
        for record_id, versions in self._records.items():
            steps = [v for v in versions if begin < v.recorded.recorded_at <= end]
            was, now = _known(versions, begin), _known(versions, end)
            if not steps or not any(v.held(valid_at) for v in (was, *steps) if v):
                continue
            before = was if was and was.held(valid_at) else None
            after = now if now and now.held(valid_at) else None
            changes = differences(was.leaves() if was else {}, now.leaves() if now else {})
            kind = _kind(was, now)
            found.append(Difference(record_id, versions[0].record_type, kind, before, after, changes, steps))
        return sorted(found, key=lambda d: d.steps[0].recorded.position)


def _known(versions: list[Version], at: datetime | None) -> Version | None:
    then = [v for v in versions if at is None or v.recorded.recorded_at <= at]
    return then[-1] if then else None


def _kind(was: Version | None, now: Version | None) -> Kind:
    if was is None:
        return Kind.PASSING if now is None or now.retracted else Kind.ADDED
    return Kind.RETRACTED if now is None or now.retracted else Kind.AMENDED


def _effective(version: Version) -> Any:
    return version.entry.effective_at, str(version.recorded.stream_id)
