"""Windows count the same in memory and in Valkey; the limiter uses one when it cannot use the other, and tells nobody
who anybody is."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.embedded.valkey import EmbeddedValkey
from adapters.limits.limiter import Limiter, LimitsUnavailable, TooManyRequests
from adapters.limits.shared import SharedWindows, Unreachable
from adapters.limits.windows import LocalWindows, Taken, Window
from adapters.settings import Settings

Take = Callable[[Sequence[Window]], Awaitable[Taken]]
SOMEBODY, SOMEWHERE = "0198c0de-0000-7000-8000-00000000beef", "203.0.113.77"


@pytest.fixture(params=["local", "shared"])
async def take(request: pytest.FixtureRequest) -> AsyncIterator[Take]:
    if request.param == "local":
        local = LocalWindows()

        async def taken(windows: Sequence[Window]) -> Taken:
            return local.take(windows)

        yield taken
        return
    shared = SharedWindows(request.getfixturevalue("redis_url"))
    yield shared.take
    await shared.close()


class TestWindows:
    async def test_hold_so_many_and_say_when_the_next_place_is_free(self, take: Take) -> None:
        window = Window("w", 3, 60)
        answers = [await take([window]) for _ in range(4)]
        assert [(taken.counted, taken.counts[0].used) for taken in answers] == [
            (True, 1), (True, 2), (True, 3), (False, 3),
        ]  # fmt: skip
        assert all(55 < taken.counts[0].seconds <= 60 for taken in answers)

    async def test_count_a_request_in_all_of_its_windows_or_in_none(self, take: Take) -> None:
        narrow, wide = Window("narrow", 1, 60), Window("wide", 10, 60)
        assert (await take([narrow, wide])).counted
        for _ in range(3):
            refused = await take([wide, narrow])
            assert (refused.counted, refused.counts[0].used) == (False, 1)
        assert (await take([wide])).counts[0].used == 2

    async def test_move_instead_of_beginning_anew(self, take: Take) -> None:
        """A fixed window would let four through around its border."""
        window = Window("w", 2, 1)
        began = time.monotonic()
        await take([window])
        await asyncio.sleep(0.6)
        assert (await take([window])).counted
        refused = await take([window])
        assert not refused.counted
        await asyncio.sleep(refused.counts[0].seconds + 0.01)
        assert time.monotonic() - began >= 1
        assert (await take([window])).counted, "the first one has left"
        assert not (await take([window])).counted, "the second one has not"

    async def test_take_a_lower_limit_for_what_it_is(self, take: Take) -> None:
        for _ in range(5):
            await take([Window("w", 5, 60)])
        lower = await take([Window("w", 2, 60)])
        assert (lower.counted, lower.counts[0].used) == (False, 5)

    async def test_let_through_exactly_as_many_as_they_hold_however_many_ask_at_once(self, take: Take) -> None:
        asked = [take([Window("everybody", 100, 60), Window(f"of {n % 7}", 50, 60)]) for n in range(500)]
        assert sum(taken.counted for taken in await asyncio.gather(*asked)) == 100


class TestLocalWindows:
    @given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 2)), max_size=60), st.integers(1, 5), st.integers(1, 10))
    def test_never_hold_more_than_they_may_in_any_stretch_of_time(
        self, steps: list[tuple[float, int]], most: int, seconds: int
    ) -> None:
        now, counted = 0.0, dict[int, list[float]]()
        windows = LocalWindows(lambda: now)
        for wait, whose in steps:
            now += wait
            before = [at for at in counted.get(whose, []) if at > now - seconds]
            taken = windows.take([Window(str(whose), most, seconds)])
            assert taken.counted == (len(before) < most)
            if taken.counted:
                counted.setdefault(whose, []).append(now)

    def test_forget_those_unused_for_longest_when_there_are_too_many(self) -> None:
        windows = LocalWindows(remembered=2)
        for key in ("a", "b", "a", "c", "a"):
            windows.take([Window(key, 5, 60)])
        assert windows.take([Window("a", 5, 60)]).counts[0].used == 4
        assert windows.take([Window("b", 5, 60)]).counts[0].used == 1


class TestSharedWindows:
    async def test_are_the_same_for_every_process(self, redis_url: str) -> None:
        ours, theirs = SharedWindows(redis_url), SharedWindows(redis_url)
        window = Window("w", 20, 60)
        asked = [side.take([window]) for side in (ours, theirs) for _ in range(20)]
        assert sum(taken.counted for taken in await asyncio.gather(*asked)) == 20
        await ours.close()
        await theirs.close()

    async def test_leave_nothing_behind_when_their_time_is_over(self, redis_url: str) -> None:
        shared = SharedWindows(redis_url)
        await shared.take([Window("w", 20, 1)])
        await asyncio.sleep(1.1)
        with redis.Redis.from_url(redis_url, protocol=2) as client:
            assert client.keys() == []
        await shared.close()

    async def test_say_so_when_nobody_answers(self) -> None:
        shared = SharedWindows("redis://127.0.0.1:1/0")
        with pytest.raises(Unreachable):
            await shared.take([Window("w", 20, 1)])
        assert not await shared.answers()
        await shared.close()


class TestLimiter:
    async def test_names_nobody_in_valkey(self, redis_url: str, tmp_path: Path) -> None:
        limiter = Limiter(Settings(state=tmp_path), redis_url)
        await limiter.admit(["payment", "login"], SOMEWHERE, SOMEBODY)
        await limiter.close()
        with redis.Redis.from_url(redis_url, protocol=2) as client:
            keys = [bytes(key).decode() for key in client.scan_iter()]
            held = " ".join(keys) + str([client.zrange(key, 0, -1) for key in keys])
        assert len(keys) == 8
        assert all(key.startswith("caretrail:limit:") for key in keys)
        assert SOMEBODY not in held
        assert SOMEBODY.replace("-", "") not in held
        assert SOMEWHERE not in held

    async def test_counts_for_each_process_alone_while_valkey_is_away_and_closes_what_tries_secrets(
        self, tmp_path: Path
    ) -> None:
        valkey = EmbeddedValkey(tmp_path / "valkey")
        valkey.start()
        limiter = Limiter(Settings(state=tmp_path, rate_limits={"default.user": "3/minute"}), valkey.url)
        try:
            await limiter.admit(["login"], SOMEWHERE, SOMEBODY)
            valkey.stop()
            left = [(await limiter.admit([], SOMEWHERE, SOMEBODY)).left for _ in range(3)]
            assert (limiter.alone, left) == (True, [2, 1, 0])
            with pytest.raises(TooManyRequests):
                await limiter.admit([], SOMEWHERE, SOMEBODY)
            with pytest.raises(LimitsUnavailable):
                await limiter.admit(["login"], SOMEWHERE, None)
            valkey.start()
            for _ in range(100):
                if not limiter.alone:
                    break
                await asyncio.sleep(0.05)
            await limiter.admit(["login"], SOMEWHERE, "somebody else")
        finally:
            await limiter.close()
            valkey.stop()

    async def test_does_not_let_requests_wait_for_a_valkey_that_is_away(self, tmp_path: Path) -> None:
        limiter = Limiter(Settings(state=tmp_path), "redis://192.0.2.1:6379/0")  # nobody there: no answer at all
        await limiter.admit([], SOMEWHERE, None)
        began = time.monotonic()
        for _ in range(20):
            await limiter.admit([], SOMEWHERE, None)
        assert time.monotonic() - began < 0.5
        await limiter.close()


class TestSettings:
    @pytest.mark.parametrize(
        "changes", ['{"default": "5/minute"}', '{"nobody.user": "5/minute"}', '{"default.user": "often"}',
                    '{"default.user": "0/minute"}', '{"default.all": "5/minute"}']
    )  # fmt: skip
    def test_refuse_limits_there_are_not(self, monkeypatch: pytest.MonkeyPatch, changes: str) -> None:
        monkeypatch.setenv("CARETRAIL_RATE_LIMITS", changes)
        with pytest.raises(ValidationError):
            Settings()

    async def test_change_a_limit_or_take_it_away(
        self, monkeypatch: pytest.MonkeyPatch, redis_url: str, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("CARETRAIL_RATE_LIMITS", '{"default.user": "7/minute", "default.address": "none"}')
        monkeypatch.setenv("CARETRAIL_RATE_LIMIT_TIMES", "10")
        limiter = Limiter(Settings(state=tmp_path), redis_url)
        assert (await limiter.admit([], SOMEWHERE, SOMEBODY)).most == 70
        await limiter.close()
