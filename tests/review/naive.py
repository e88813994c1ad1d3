"""What a naive replay of the prefix tells: written from the drawn history alone, it shares nothing with projector,
queries or review."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tests.review.histories import Fact, hour

Answer = dict[UUID, tuple[int, str, datetime | None, datetime | None]]
"""Per record of a chart: version, what it reads, since when and until when it holds true."""


def naive_chart(facts: list[Fact], known_at: datetime, valid_at: datetime | None) -> Answer:
    """Replay what had been recorded by then, and look at what each record says."""
    last: dict[UUID, Fact] = {}
    for fact in facts:
        if fact.recorded_at <= known_at:
            last[fact.record_id] = fact
    answer: Answer = {}
    for record_id, fact in last.items():
        said = fact.said
        if said.word is None:
            continue
        since, until = hour(said.since), None if said.until is None else hour(said.until)
        if valid_at is None or (since <= valid_at and (until is None or valid_at < until)):
            answer[record_id] = (fact.version, said.word, since, until)
    return answer


def naive_difference(
    facts: list[Fact], begin: datetime, end: datetime, valid_at: datetime | None
) -> dict[UUID, tuple[Any, ...]]:
    """Compare the two naive charts, and list who recorded what in between."""
    was, now = naive_chart(facts, begin, valid_at), naive_chart(facts, end, valid_at)
    was_ever, now_ever = naive_chart(facts, begin, None), naive_chart(facts, end, None)
    found: dict[UUID, tuple[Any, ...]] = {}
    for record_id in dict.fromkeys(fact.record_id for fact in facts):
        steps = [f for f in facts if f.record_id == record_id and begin < f.recorded_at <= end]
        touched = [f for f in steps if f.said.word is not None and naive_chart([f], f.recorded_at, valid_at)]
        if not steps or not (record_id in was or touched):
            continue
        kind = {(False, True): "added", (True, True): "amended", (True, False): "retracted", (False, False): "passing"}[
            record_id in was_ever, record_id in now_ever
        ]
        reads = tuple(chart[record_id][1] if record_id in chart else None for chart in (was_ever, now_ever))
        found[record_id] = (
            kind,
            was[record_id][0] if record_id in was else None,
            now[record_id][0] if record_id in now else None,
            None if reads[0] == reads[1] else reads,
            [(f.version, f.actor_id, f.request, f.recorded_at) for f in steps],
        )
    return found
