"""Who keeps failing is left alone for a while, then tried by one at a time."""

import pytest

from adapters.breaker import Breaker


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def failing(breaker: Breaker, times: int) -> Breaker:
    for _ in range(times):
        assert breaker.allows()
        breaker.failed()
    return breaker


@pytest.mark.requirement("R225")
class TestBreaker:
    def test_opens_after_failures_in_a_row_and_not_before(self) -> None:
        breaker = failing(Breaker(failures=3), 2)
        breaker.succeeded()
        assert failing(breaker, 2).allows()
        assert not failing(breaker, 1).allows()

    def test_lets_one_try_after_its_rest_and_closes_when_that_succeeds(self) -> None:
        clock = Clock()
        breaker = failing(Breaker(failures=2, seconds=5.0, clock=clock), 2)
        assert breaker.resting()
        clock.now += 5.0
        assert not breaker.resting()
        assert [breaker.allows() for _ in range(4)] == [True, False, False, False]
        breaker.succeeded()
        assert all(breaker.allows() for _ in range(4))

    def test_rests_again_when_that_try_fails(self) -> None:
        clock = Clock()
        breaker = failing(Breaker(failures=2, seconds=5.0, clock=clock), 2)
        clock.now += 5.0
        assert breaker.allows()
        breaker.failed()
        clock.now += 4.9
        assert not breaker.allows()
        clock.now += 0.2
        assert breaker.allows()
