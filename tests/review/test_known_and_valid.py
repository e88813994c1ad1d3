"""What was known then, of what held true then, and what changed in between: as a naive replay of the prefix has it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from projections.kernel.lists import Window
from projections.patient_timeline import queries
from projections.patient_timeline.queries import Moment
from tests.review.histories import TYPES, Fact, History, Played, Said, histories, hour, play
from tests.review.naive import Answer, naive_chart, naive_difference
from tests.review.scene import Scene, scene


def charted(stage: Scene, played: Played, known_at: datetime, valid_at: datetime | None) -> Answer:
    """Ask the read model."""
    found = stage.run(
        queries.chart(stage.services.reader.within(played.tenant), played.tenant, played.patient, list(TYPES),
                      Moment(known_at, valid_at), Window(1000))
    )  # fmt: skip
    return {row["record_id"]: (row["version"], word(row["content"]), row["effective_from"], row["effective_until"])
            for row in found.rows}  # fmt: skip


def reviewed(stage: Scene, played: Played, known_at: datetime, valid_at: datetime | None) -> Answer:
    """Ask the review, which reads the events alone."""
    review = stage.services.review
    known = stage.run(review.known(played.tenant, played.patient, lambda _: True, known_at, valid_at)).facts()
    return {one["record_id"]: (one["version"], word(one["content"]), time(one["effective_at"]),
                               time(one["effective_until"])) for one in known}  # fmt: skip


def word(content: dict[str, Any]) -> str:
    return str(content.get("allergen") or content.get("name"))


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def differences(
    stage: Scene, played: Played, begin: datetime, end: datetime, valid_at: datetime | None
) -> dict[UUID, tuple[Any, ...]]:
    """Ask the review."""
    review = stage.services.review
    found = stage.run(
        review.difference(played.tenant, played.patient, lambda _: True, begin, end, valid_at)
    ).facts()  # fmt: skip
    answer = {}
    for one in found:
        reads = [(c["from"], c["to"]) for c in one["changes"] if c["field"] in {"content.allergen", "content.name"}]
        answer[one["record_id"]] = (
            str(one["difference"]), one["version_before"], one["version_after"], reads[0] if reads else None,
            [(s["version"], s["who"]["id"], UUID(s["request"]["correlation_id"]), s["recorded_at"])
             for s in one["steps"]],
        )  # fmt: skip
    return answer


questions = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.none() | st.integers(-1, 34)), min_size=1,
                     max_size=4)  # fmt: skip


@pytest.fixture(scope="module")
def stage(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(module_database_url, tmp_path_factory.mktemp("state")) as made:
        yield made


def check(stage: Scene, history: History, asked: list[tuple[int, int, int | None]]) -> None:
    """Hold every answer about a history against the naive one."""
    played = play(stage, history)
    moments = played.moments()
    for first, second, valid in asked:
        valid_at = None if valid is None else hour(valid)
        begin, end = sorted((moments[first % len(moments)], moments[second % len(moments)]))
        for known_at in (begin, end):
            expected = naive_chart(played.facts, known_at, valid_at)
            assert charted(stage, played, known_at, valid_at) == expected
            assert reviewed(stage, played, known_at, valid_at) == expected
        expected_difference = naive_difference(played.facts, begin, end, valid_at)
        assert differences(stage, played, begin, end, valid_at) == expected_difference


SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG = settings(SHORT, max_examples=600)


@pytest.mark.requirement("R145")
class TestChartAndDifference:
    @SHORT
    @given(history=histories(), asked=questions)
    def test_are_those_of_a_naive_replay(
        self, stage: Scene, history: History, asked: list[tuple[int, int, int | None]]
    ) -> None:
        check(stage, history, asked)

    @pytest.mark.long
    @LONG
    @given(history=histories(), asked=questions)
    def test_are_those_of_a_naive_replay_whatever_happens(
        self, stage: Scene, history: History, asked: list[tuple[int, int, int | None]]
    ) -> None:
        check(stage, history, asked)


Planted = Callable[[list[Fact], datetime, datetime | None], Answer]


def known_only_afterwards(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: what is recorded at a moment is not yet known at it."""
    return naive_chart([fact for fact in facts if fact.recorded_at != known_at], known_at, valid_at)


def true_to_the_end(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: a period holds at its last moment too."""
    shorter = naive_chart(facts, known_at, valid_at)
    return shorter | {r: a for r, a in naive_chart(facts, known_at, None).items() if a[3] == valid_at}


def retracted_lives_on(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: a retraction changes nothing."""
    return naive_chart([fact for fact in facts if fact.said.word is not None], known_at, valid_at)


def asked_of_now(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """A planted mistake: the answer is what is known now, whatever moment is asked for."""
    return naive_chart(facts, max(fact.recorded_at for fact in facts), valid_at)


class TestPlantedMistake:
    @pytest.mark.parametrize("planted", [known_only_afterwards, true_to_the_end, retracted_lives_on, asked_of_now])
    def test_is_found(self, stage: Scene, planted: Planted) -> None:
        def differs(history: History) -> bool:
            played = play(stage, history)
            return any(
                planted(played.facts, known_at, valid_at) != charted(stage, played, known_at, valid_at)
                for known_at in played.moments()
                for valid_at in (None, *(hour(s.until) for c in history for s in c if s.until is not None))
            )

        try:
            find(histories(), differs, settings=settings(max_examples=60, deadline=None, phases=[Phase.generate]))
        except NoSuchExample:
            pytest.fail("the property cannot tell a right answer from a wrong one")

    def test_in_the_rows_is_found(self, stage: Scene) -> None:
        played = play(stage, [[Said(0, "allergy", "Pollen", 0, None)], [Said(0, "allergy", "Latex", 0, None)]])
        with psycopg.connect(stage.services.settings.database_url or "", autocommit=True) as connection:
            connection.execute(
                "UPDATE patient_timeline_1.patient_timeline SET recorded_until = %s"
                " WHERE tenant_id = %s AND version = 1",
                (played.facts[0].recorded_at, played.tenant),
            )
        known_at = played.moments()[2]
        assert charted(stage, played, known_at, None) != naive_chart(played.facts, known_at, None)
