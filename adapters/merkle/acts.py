"""Tells from the differences between what was and what is what has been done: by undoing an act and seeing the old
hash come out, where that can be tried, and by what is missing and what is new otherwise."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from adapters.merkle.anchors import Place
from adapters.merkle.findings import Act
from adapters.merkle.rows import Found, copied_from, fields, leaf_of

TRIED = 64
POSITION, VERSION, KEY, RECORDED, DATA, SEALED = 0, 3, 6, 8, 10, 11
#: Which columns of two rows are exchanged to undo an act.
EXCHANGES: Sequence[tuple[tuple[int, ...], Act]] = (
    ((SEALED,), Act.CIPHERTEXTS_SWAPPED),
    ((KEY, SEALED), Act.CIPHERTEXTS_SWAPPED),
    ((POSITION,), Act.REORDERED),
    ((VERSION,), Act.REORDERED),
    ((POSITION, VERSION), Act.REORDERED),
    ((RECORDED,), Act.REORDERED),
    ((POSITION, RECORDED), Act.REORDERED),
)


class Was(NamedTuple):
    """A leaf that should be there: its number in the log, its hash and its place."""

    number: int
    leaf: bytes
    place: Place


class Difference(NamedTuple):
    """One position at which what was and what is are not the same; one of the two may be missing.

    ``before``: how many leaves there were before it.
    """

    before: int
    was: Was | None
    now: Found | None

    @property
    def place(self) -> Place:
        """Where: as it was, if there was something."""
        if self.was is not None:
            return self.was.place
        assert self.now is not None
        return Place(self.now.position, self.now.stream_id, self.now.version)


class Done(NamedTuple):
    """An act and the differences it made, in order of position."""

    act: Act
    differences: list[Difference]


def differences(was: Iterable[Was], now: Iterator[Found]) -> list[Difference]:
    """Return where two lists, both ordered by position, differ."""
    found = []
    actual = next(now, None)
    before = 0
    for expected in was:
        before = expected.number
        while actual is not None and actual.position < expected.place.position:
            found.append(Difference(before, None, actual))
            actual = next(now, None)
        if actual is not None and actual.position == expected.place.position:
            if actual.leaf != expected.leaf:
                found.append(Difference(before, expected, actual))
            actual = next(now, None)
        else:
            found.append(Difference(before, expected, None))
    while actual is not None:
        found.append(Difference(before + 1, None, actual))
        actual = next(now, None)
    return found


class Extent(NamedTuple):
    """How many leaves there should be, how many of them notes cover, and how many the database says there are."""

    size: int
    anchored: int
    kept: int


def acts(found: Sequence[Difference], extent: Extent, present: Callable[[Sequence[UUID]], set[UUID]]) -> list[Done]:
    """Sort differences by what was done; ``present`` tells which of some streams still have rows."""
    if act := _end_lost(found, extent):
        return [Done(act, list(found))]
    left = list(found)
    done: list[Done] = []
    for act, some in (*_exchanged(left), *_moved(left)):
        done.append(Done(act, some))
        left = [d for d in left if d not in some]
    missing = [d for d in left if d.now is None]
    dropped = _dropped(missing, present)
    done.append(Done(Act.STREAM_DROPPED, [d for d in missing if d.place.stream_id in dropped]))
    done.append(Done(Act.DELETED, [d for d in missing if d.place.stream_id not in dropped]))
    done.append(Done(Act.INSERTED, [d for d in left if d.was is None]))
    done.append(Done(Act.EDITED, [d for d in left if d.was is not None and d.now is not None]))
    return sorted((d for d in done if d.differences), key=lambda d: d.differences[0].place.position)


def _end_lost(found: Sequence[Difference], extent: Extent) -> Act | None:
    """Return an act if up to some leaf everything is as it was, and from there on nothing is.

    After a backup was restored rows may have been added: they are in a tail that the database alone vouches for.
    """
    first = next((d.before for d in found if d.was is not None), extent.size)
    gone = [d for d in found if d.was is not None and (d.now is None or _other(d.was.place, d.now))]
    if not gone or found[0].before < first:
        return None
    replaced = any(d.now is not None for d in found)
    if len(gone) == extent.size - first:
        return Act.ROLLED_BACK if replaced or extent.kept < extent.size else Act.TRUNCATED
    went_on = len(gone) > 1 and len(gone) == extent.anchored - first and extent.kept < extent.size
    return Act.ROLLED_BACK if went_on else None


def _other(place: Place, now: Found) -> bool:
    return place.stream_id is not None and (place.stream_id, place.version) != (now.stream_id, now.version)


def _exchanged(found: Sequence[Difference]) -> Iterator[Done]:
    """Yield pairs of rows that are as they were once some of their columns are exchanged."""
    changed = [d for d in found if d.was is not None and d.now is not None][:TRIED]
    seen: set[int] = set()
    for one, other in combinations(changed, 2):
        if one.place.position in seen or other.place.position in seen:
            continue
        act = _exchange(one, other)
        if act is not None:
            seen |= {one.place.position, other.place.position}
            yield Done(act, [one, other])


def _exchange(one: Difference, other: Difference) -> Act | None:
    assert one.was is not None
    assert other.was is not None
    assert one.now is not None
    assert other.now is not None
    mine, theirs = fields(one.now.copied), fields(other.now.copied)
    were = {one.was.leaf, other.was.leaf}
    for columns, act in EXCHANGES:
        a, b = mine.copy(), theirs.copy()
        for column in columns:
            a[column], b[column] = b[column], a[column]
        if {leaf_of(copied_from(a)), leaf_of(copied_from(b))} == were:
            return act
    return None


def _moved(found: Sequence[Difference]) -> Iterator[Done]:
    """Yield rows that are as they were once they stand where one is missing."""
    missing = [d for d in found if d.now is None][:TRIED]
    extra = [d for d in found if d.was is None][:TRIED]
    for new in extra:
        assert new.now is not None
        values = fields(new.now.copied)
        for old in missing:
            assert old.was is not None
            values[POSITION] = old.was.place.position.to_bytes(8, "big", signed=True)
            if leaf_of(copied_from(values)) == old.was.leaf:
                yield Done(Act.REORDERED, sorted([old, new], key=lambda d: d.place.position))


def _dropped(missing: Sequence[Difference], present: Callable[[Sequence[UUID]], set[UUID]]) -> set[UUID]:
    """Return the streams that had several rows and have none now."""
    counts: dict[UUID, int] = {}
    for difference in missing:
        if difference.place.stream_id is not None:
            counts[difference.place.stream_id] = counts.get(difference.place.stream_id, 0) + 1
    several = [stream for stream, count in counts.items() if count > 1]
    return set(several) - present(several) if several else set()
