"""Opened keys stay in memory for a while, in a bounded number, and no longer."""

import time
from pathlib import Path

from uuid_utils.compat import uuid7

from adapters.vault.cache import CACHE_SECONDS, CACHED_KEYS, Cache
from adapters.vault.vault import MARGIN
from domain.kernel.event import Retention
from tests.adapters.sample import TENANT, Noted, commit, opened


class TestCache:
    def test_lets_the_oldest_go_at_its_bound(self) -> None:
        cache: Cache[int, str] = Cache(bound=3)
        for n in range(3):
            cache.put(n, "kept")
        cache.put(0, "put again")
        cache.put(3, "kept")
        assert [cache.get(n) for n in range(4)] == ["put again", None, "kept", "kept"]
        assert len(cache) == 3

    def test_gives_nothing_out_that_has_expired_or_soon_will_have(self) -> None:
        cache: Cache[int, str] = Cache(seconds=0.2)
        cache.put(1, "kept")
        assert cache.get(1) == "kept"
        assert cache.get(1, for_seconds=1.0) is None
        time.sleep(0.25)
        assert cache.get(1) is None

    def test_holds_nothing_that_has_expired_after_a_sweep(self) -> None:
        cache: Cache[int, str] = Cache(seconds=0.2)
        cache.put(1, "old")
        cache.put(2, "old")
        time.sleep(0.25)
        cache.put(1, "new")
        cache.sweep()
        assert (len(cache), cache.get(1)) == (1, "new")

    def test_forgets_one_or_all(self) -> None:
        cache: Cache[int, str] = Cache()
        cache.put(1, "kept")
        cache.put(2, "kept")
        cache.drop(1)
        cache.drop(7)
        assert (cache.get(1), cache.get(2)) == (None, "kept")
        cache.clear()
        assert len(cache) == 0

    def test_keeps_keys_for_minutes_and_asks_again_before_they_expire(self) -> None:
        assert CACHED_KEYS <= 50_000
        assert MARGIN < CACHE_SECONDS <= 300


class TestNewPerson:
    async def test_costs_one_question_more_than_a_known_one(self, database_url: str, tmp_path: Path) -> None:
        async with opened(database_url, tmp_path) as its:
            await its.store.append(commit(uuid7(), Noted(person_id=uuid7(), note="private")))
            await its.key_pool.check()
            before = its.key_pool.get_stats()["requests_num"]
            person = uuid7()
            for _ in range(3):
                await its.store.append(commit(uuid7(), Noted(person_id=person, note="private")))
            assert its.key_pool.get_stats()["requests_num"] - before == 1
            await its.keys.obtain(its.key_pool, [(TENANT, person, Retention.CLINICAL)])
            assert its.key_pool.get_stats()["requests_num"] - before == 1
