"""The state of anything at any version or moment is the fold of the events up to there, and of none beyond."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from adapters.review.states import aggregates
from domain.access.events import Entry
from domain.catalogue import EVENTS
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from tests.review.lives import KINDS, lives
from tests.review.scene import Scene, scene

NAMES = {kind.__name__: kind for kind in KINDS}


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(module_database_url, tmp_path_factory.mktemp("state")) as made:
        yield made


def told(value: Any) -> Any:
    """Return a value as JSON, by the test's own eyes and not by the code under test."""
    if isinstance(value, dict):
        return {str(told(key)): told(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((told(inner) for inner in value), key=str)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | date):
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else str(value)
    names = getattr(value, "__struct_fields__", None) or getattr(value, "_fields", None)
    if names is None and isinstance(value, list | tuple):
        return [told(inner) for inner in value]
    if names is None and (value is None or isinstance(value, str | int)):
        return value
    return {name: told(getattr(value, name)) for name in names or value.__slots__}


def held(thing: Aggregate) -> dict[str, Any]:
    return {name: told(value) for name, value in vars(thing).items() if name not in {"id", "version", "pending"}}


def recorded_at(stage: Scene, stream: UUID) -> list[datetime]:
    with psycopg.connect(stage.services.settings.database_url or "") as connection:
        rows = connection.execute(
            "SELECT recorded_at FROM event_store.events WHERE stream_id = %s ORDER BY version", (stream,)
        ).fetchall()
    return [row[0] for row in rows]


def check(stage: Scene, kind: type[Aggregate], life: Aggregate, cuts: list[int]) -> None:
    """Append a life, cut into commits; ask for its state after every version and at every moment."""
    tenant, stream, events = uuid7(), uuid7(), life.pending
    at = 0
    for until in sorted({min(cut, len(events)) for cut in cuts} | {len(events)}):
        if until > at:
            stage.append(tenant, uuid7(), [(stream, at, events[at:until])])
            at = until
    times = recorded_at(stage, stream)
    for version in range(1, len(events) + 1):
        compare(stage, tenant, stream, kind, events[:version], version=version)
    for moment in [*times, *(time + timedelta(microseconds=1) for time in times)]:
        known = [event for event, time in zip(events, times, strict=True) if time <= moment]
        compare(stage, tenant, stream, kind, known, at=moment)


def compare(
    stage: Scene, tenant: UUID, stream: UUID, kind: type[Aggregate], prefix: list[DomainEvent], **asked: Any
) -> None:
    given = {"version": None, "at": None} | asked
    then = stage.run(stage.services.review.state(tenant, stream, lambda _: True, **given))
    found = msgspec.json.decode(msgspec.json.encode(then.facts()))
    expected = held(kind(stream).replay(prefix))
    assert {name: found["state"].get(name) for name in expected} == expected
    assert (found["version"], found["kind"]) == (len(prefix), kind.NAME)
    assert found["last"]["type"] == prefix[-1].TOPIC
    for name in prefix[-1].__struct_fields__:
        if name in found["said"]:
            said = msgspec.json.encode(getattr(prefix[-1], name))
            assert found["said"][name] == msgspec.json.decode(said)


SHORT = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG = settings(SHORT, max_examples=150)


class TestState:
    @pytest.mark.parametrize("name", sorted(NAMES))
    @SHORT
    @given(chance=st.data())
    def test_is_the_fold_of_the_prefix(self, stage: Scene, name: str, chance: st.DataObject) -> None:
        kind = NAMES[name]
        check(stage, kind, chance.draw(lives(kind)), chance.draw(st.lists(st.integers(1, 14), max_size=3)))

    @pytest.mark.long
    @pytest.mark.parametrize("name", sorted(NAMES))
    @LONG
    @given(chance=st.data())
    def test_is_the_fold_of_the_prefix_of_any_life(self, stage: Scene, name: str, chance: st.DataObject) -> None:
        kind = NAMES[name]
        check(stage, kind, chance.draw(lives(kind, 40)), chance.draw(st.lists(st.integers(1, 40), max_size=6)))

    def test_of_another_prefix_is_told_apart(self, stage: Scene) -> None:
        kind, stream, tenant = NAMES["HealthRecord"], uuid7(), uuid7()
        thing = kind(stream)
        for n in (0, 1, 3):
            act, given = KINDS[kind](thing, n)
            act(*given)
        stage.append(tenant, uuid7(), [(stream, 0, thing.pending)])
        with pytest.raises(AssertionError):
            compare(stage, tenant, stream, kind, thing.pending[:2], version=3)


class TestEveryEvent:
    def test_belongs_to_one_aggregate_that_folds_it(self) -> None:
        kinds = aggregates()
        entries = set(Entry.__subclasses__())  # of the access log: each stands for itself
        assert [topic for topic, event in EVENTS.items() if event not in kinds and event not in entries] == []
        owners = [kind for kind in set(kinds.values()) for event in kind.EVOLVE if kinds[event] is not kind]
        assert owners == []
