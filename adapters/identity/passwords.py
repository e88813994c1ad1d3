"""argon2id in a few threads of its own, with a bounded queue before them; bcrypt is read, and left behind."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from application.ports.passwords import Checked, PasswordsBusy

T = TypeVar("T")
#: OWASP's figures for argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Compared with where there is nothing to compare with, so that the answer takes as long. Nobody knows its password.
NOBODYS = HASHER.hash("\x00 no account has this password")
THREADS, QUEUE = 2, 32
#: bcrypt reads no further than this, and refuses more.
BCRYPT_BYTES = 72


class SlowHashes:
    """Passwords. At most ``threads`` are hashed at a time and ``queue`` wait; whoever comes then is told so at once."""

    def __init__(self, threads: int = THREADS, queue: int = QUEUE) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._most = threads + queue
        self._under_way = 0

    async def hash(self, password: str) -> str:
        """Return an argon2id hash."""
        return await self._slowly(lambda: HASHER.hash(password))

    async def check(self, password: str, hashed: str | None) -> Checked:
        """Compare a password."""
        return await self._slowly(lambda: compared(password, hashed))

    def close(self) -> None:
        """Finish what is under way."""
        self._threads.shutdown(cancel_futures=True)

    async def _slowly(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._most:
            raise PasswordsBusy("Too many people sign in at this moment: try again shortly.", retry_after=2)
        self._under_way += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        running.add_done_callback(self._done)  # also when whoever waited for it has gone
        return await asyncio.shield(running)

    def _done(self, _: object) -> None:
        self._under_way -= 1


def compared(password: str, hashed: str | None) -> Checked:
    """Return whether a password is the one hashed, and a better hash of it where the one kept is of an older kind."""
    if hashed is not None and hashed.startswith(("$2a$", "$2b$", "$2y$")):
        right = bcrypt.checkpw(password.encode()[:BCRYPT_BYTES], hashed.encode())
        return Checked(right, HASHER.hash(password) if right else None)
    try:
        HASHER.verify(hashed or NOBODYS, password)
    except (Argon2Error, InvalidHashError):
        return Checked(False)
    if hashed is None:
        return Checked(False)
    return Checked(True, HASHER.hash(password) if HASHER.check_needs_rehash(hashed) else None)
