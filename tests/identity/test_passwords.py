"""Passwords: hashed apart from everything else, never more at once than is borne, and better each time."""

import asyncio
import time

import bcrypt
import pytest
from argon2 import PasswordHasher

from adapters.identity.passwords import HASHER, SlowHashes
from application.ports.passwords import PasswordsBusy

PASSWORD = "correct horse battery staple"


class TestPasswords:
    async def test_are_argon2id_with_the_figures_decided(self) -> None:
        hashed = await SlowHashes().hash(PASSWORD)
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    async def test_are_compared(self) -> None:
        hashes = SlowHashes()
        kept = await hashes.hash(PASSWORD)
        assert await hashes.check(PASSWORD, kept) == (True, None)
        assert not (await hashes.check(PASSWORD + "x", kept)).right
        assert not (await hashes.check(PASSWORD, None)).right
        assert not (await hashes.check(PASSWORD, "no hash at all")).right

    @pytest.mark.requirement("R528")
    async def test_hashed_by_bcrypt_are_accepted_and_come_back_better(self) -> None:
        old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()
        hashes = SlowHashes()
        checked = await hashes.check(PASSWORD, old)
        assert checked.right
        assert checked.upgraded is not None
        assert HASHER.verify(checked.upgraded, PASSWORD)
        assert await hashes.check("another", old) == (False, None)

    async def test_hashed_with_less_come_back_better(self) -> None:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        checked = await SlowHashes().check(PASSWORD, weak)
        assert checked.right
        assert checked.upgraded

    async def test_longer_than_bcrypt_reads_do_not_break_it(self) -> None:
        old = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
        assert (await SlowHashes().check("x" * 100, old)).right

    async def test_too_many_at_once_are_refused_at_once_and_the_loop_goes_on(self) -> None:
        hashes = SlowHashes(threads=2, queue=4)
        longest, stop = 0.0, False

        async def heartbeat() -> None:
            nonlocal longest
            while not stop:
                began = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - began)

        beating = asyncio.create_task(heartbeat())
        told = await asyncio.gather(*(hashes.hash(PASSWORD) for _ in range(40)), return_exceptions=True)
        stop = True
        await beating
        busy = [each for each in told if isinstance(each, PasswordsBusy)]
        assert len(busy) == 34
        assert sum(isinstance(each, str) for each in told) == 6
        assert longest < 1.0, "hashing held the event loop up"
        assert await hashes.hash(PASSWORD)

    async def test_of_someone_who_went_away_do_not_stay_counted(self) -> None:
        hashes = SlowHashes(threads=1, queue=1)
        waiting = [asyncio.create_task(hashes.hash(PASSWORD)) for _ in range(2)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0.5)
        assert await asyncio.gather(hashes.hash(PASSWORD), hashes.hash(PASSWORD))
