"""A house whose projector runs beside it and tells of changes, as in production; and looks into what Valkey holds."""

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import httpx
import psycopg
import redis

from adapters.bootstrap import figures, index_keys, open_runner
from adapters.cache.marks import Marks
from adapters.logins import Role, url_for
from adapters.settings import Settings
from tests.api.house import Ground, House, open_house


@contextmanager
def projecting(settings: Settings, redis_url: str) -> Iterator[threading.Event]:
    """Run the consumers in a thread of their own for a block; the event wakes them."""
    wake, stop = threading.Event(), threading.Event()
    url, keys = url_for(settings, Role.PROJECTOR), index_keys(settings)

    def run() -> None:
        with closing(Marks(redis_url)) as marks, open_runner(url, keys=keys, teller=marks) as runner:
            runner.run(wake, stop)

    thread = threading.Thread(target=run, name="projector")
    thread.start()
    try:
        yield wake
    finally:
        stop.set()
        wake.set()
        thread.join()


class Told(House):
    """A house whose projector runs: to bring it up to date is to wait for that."""

    def project(self) -> None:
        """Wait until every consumer is at the end of the feed."""
        behind = """SELECT count(*) FROM consumers.bookmarks JOIN consumers.generations USING (consumer, generation)
            WHERE state = 'live' AND consumer NOT LIKE '%access%' AND halted IS NULL
                AND position < (SELECT coalesce(max(position), 0) FROM event_store.events)"""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            for _ in range(1000):
                if connection.execute(behind).fetchone() == (0,):
                    return
                time.sleep(0.01)
        raise AssertionError("the projector does not come to the end")


@asynccontextmanager
async def open_told(ground: Ground, redis_url: str) -> AsyncIterator[House]:
    """Open a house with its projector."""
    async with open_house(ground, redis_url) as house:
        told = Told(house.app, house.services, house.database_url)
        told.clients = house.clients
        with projecting(house.services.settings, redis_url):
            await believed(told)
            yield told


async def believed(house: House) -> None:
    """Wait until the projector has said that it tells of every change."""
    from adapters.cache.entry import era_of
    from adapters.cache.marks import SOURCES

    client = redis.Redis.from_url(str(house.services.settings.redis_url), protocol=2)
    with closing(client):
        for _ in range(500):
            if all(client.exists(era_of(name)) for name in SOURCES):
                return
            threading.Event().wait(0.02)
    raise AssertionError("no consumer says that it tells of changes")


def after(answer: httpx.Response) -> dict[str, str]:
    """Return the header that asks for what an answer has done."""
    assert answer.is_success, answer.text
    return {"X-Wait-For": answer.headers["x-position"]}


def data(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


class Looks:
    """Counts looks into one family from here on."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._before = figures.looks(family)

    def since(self) -> dict[str, int]:
        """Return how many looks found what, those that were."""
        now = figures.looks(self._family)
        return {name: now[name] - self._before[name] for name in now if now[name] > self._before[name]}


def kept_in(redis_url: str) -> dict[str, bytes]:
    """Return every value of the cache, by its key."""
    client: Any = redis.Redis.from_url(redis_url, protocol=2)
    with closing(client):
        found: dict[str, bytes] = {}
        for key in client.scan_iter(match="caretrail:cache:*"):
            name = key.decode()
            if client.type(key) == b"string" and ":mark:" not in name and ":era:" not in name and ":lock" not in name:
                found[name] = client.get(key) or b""
        return found
