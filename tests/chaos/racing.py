"""Many who ask at the same moment, of two API processes; and houses with a weakness planted in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

import uvicorn

from adapters.bootstrap import Services, open_services
from adapters.postgres.event_store import PostgresEventStore
from api.app import create_app
from application.kernel.dispatch import Dispatcher
from scripts.demonstration.ground import free_port
from tests.chaos.asker import Answer, Asker
from tests.chaos.rig import Rig, open_rig

CLIENTS = 64
_DEADLOCKS = "SELECT sum(deadlocks)::bigint FROM pg_stat_database"
Wish = Callable[[Asker], Awaitable[Answer]]


class Crowd:
    """Clients with a connection each, all of the rig's tenant; ``unexpected`` collects answers nothing allows."""

    def __init__(self, rig: Rig, url: str | None = None, count: int = CLIENTS, actor: UUID | None = None) -> None:
        self.rig = rig
        self.unexpected: list[str] = []
        token = None if actor is None else rig.token(actor=actor)
        self.askers = [Asker(url or rig.api_url, token or rig.token()) for _ in range(count)]
        self._deadlocks = self.deadlocks()

    async def at_once(self, wishes: Sequence[Wish], *allowed: str) -> list[Answer]:
        """Let everyone ask at once; whatever is neither a success nor refused as ``allowed`` was unexpected."""
        answers = await asyncio.gather(*(wish(asker) for wish, asker in zip(wishes, self.askers, strict=False)))
        assert len(answers) == len(wishes)
        for answer in answers:
            if answer.status >= 300 and answer.code not in allowed:
                self.unexpected.append(f"somebody was told {answer.status} {answer.code}")
        return answers

    async def each(self, wishes: Sequence[Wish]) -> list[Answer]:
        """Let everything be done that has to be there first."""
        answers: list[Answer] = []
        for start in range(0, len(wishes), 16):
            answers += await self.at_once(wishes[start : start + 16])
        assert all(answer.status < 300 for answer in answers)
        return answers

    def deadlocks(self) -> int:
        """Return how many the server has ever met."""
        return int(self.rig.look(_DEADLOCKS)[0][0])

    def found(self) -> list[str]:
        """Return what was unexpected, deadlocks among it."""
        more = self.deadlocks() - self._deadlocks
        return self.unexpected + [f"{more} deadlocks"] * bool(more)

    def close(self) -> None:
        """Let everyone hang up."""
        for asker in self.askers:
            asker.close()


def won(answers: Sequence[Answer]) -> int:
    """Return how many got what they asked for."""
    return sum(answer.status < 300 for answer in answers)


@contextmanager
def two_apis(*others: str, proxied: bool = False) -> Iterator[Rig]:
    """Start a house whose API is served by two processes, with ``others`` beside them."""
    with open_rig(others) as rig:
        rig.start("api", "--processes", "2", proxied=proxied)
        rig.await_api()
        yield rig


@asynccontextmanager
async def weak_house(rig: Rig, kind: type[PostgresEventStore]) -> AsyncIterator[str]:
    """Serve the API over a store that has a weakness; give its URL."""
    settings = rig.settings.model_copy(update={"rate_limit_times": 1_000_000, "http_port": free_port(0)})
    services = await open_services(settings, 8)
    _weaken(services, kind)
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, services), settings.http_host, settings.http_port, log_level="warning")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    try:
        yield f"http://{settings.http_host}:{settings.http_port}"
    finally:
        server.should_exit = True
        await serving
        await services.close()


def _weaken(services: Services, kind: type[PostgresEventStore]) -> None:
    store = kind(services.lanes, services.key_pool, services.batcher, services.codec, services.keys)
    services.store = store
    services.dispatcher = Dispatcher(store, services.assignments)
