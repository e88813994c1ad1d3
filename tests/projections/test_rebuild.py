"""A rebuild fills a generation beside the live one, is compared with it, swapped in, and rolled back by one call."""

from collections.abc import Iterator

import pytest
from uuid_utils.compat import uuid7

from adapters.postgres.feed import decoder
from projections.kernel import generations
from tests.adapters.sample import CODEC
from tests.projections.sample import HEALED, MODEL, WRONG, Ground


@pytest.fixture
def ground(database_url: str) -> Iterator[Ground]:
    HEALED.clear()
    made = Ground(database_url)
    yield made
    for connection in made.open:
        connection.close()


class TestRebuild:
    @pytest.mark.requirement("R220")
    def test_is_equal_to_what_grew_step_by_step_and_swaps(self, ground: Ground) -> None:
        streams = [uuid7() for _ in range(30)]
        runner = ground.runner()
        for stream in streams:
            ground.append(stream, 1, 2)
            runner.drain()
        steps: list[tuple[int, int]] = []
        comparison = generations.rebuild(
            ground.connect(), ground.feed(), decoder(CODEC), MODEL, progress=lambda done, of: steps.append((done, of))
        )
        assert [(c.table, c.live_rows, c.same) for c in comparison] == [
            ("sample_totals", 30, True),
            ("sample_counts", 1, True),
        ]
        assert steps[-1] == (60, 60)
        assert generations.live_generation(ground.connection, "sample") == 2
        ground.append(streams[0], 4)
        runner._claimed_at = 0.0
        runner.drain()
        assert ground.totals()[streams[0]] == 7
        assert ground.totals('"sample_1".sample_totals')[streams[0]] == 3

    def test_by_a_wrong_projector_is_refused_and_leaves_the_live_one(self, ground: Ground) -> None:
        runner = ground.runner()
        ground.append(uuid7(), 1, 2)
        runner.drain()
        with pytest.raises(generations.Differs, match="sample_counts"):
            generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG)
        assert generations.live_generation(ground.connection, "sample") == 1
        assert ground.counted() == 2
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG, accept_differences=True)
        assert ground.counted() == 4

    def test_is_rolled_back_by_one_call(self, ground: Ground) -> None:
        runner = ground.runner()
        stream = uuid7()
        ground.append(stream, 1)
        runner.drain()
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), WRONG, accept_differences=True)
        assert generations.roll_back(ground.connect(), MODEL) == 1
        ground.append(stream, 1)
        runner._claimed_at = 0.0
        runner.drain()
        assert ground.totals() == {stream: 2}
        assert ground.counted() == 2

    def test_killed_half_way_is_begun_anew(self, ground: Ground) -> None:
        runner = ground.runner()
        ground.append(uuid7(), 1)
        runner.drain()

        def die(done: int, of: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), MODEL, progress=die)
        generations.rebuild(ground.connect(), ground.feed(), decoder(CODEC), MODEL)
        states = ground.connection.execute(b"SELECT generation, state FROM consumers.generations ORDER BY 1").fetchall()
        assert states == [(1, "kept"), (2, "dropped"), (3, "live")]
