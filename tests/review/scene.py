"""Real store, real keys and a real timeline for properties: what is appended is projected and can be asked about."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.bootstrap import Services, open_runner, open_services
from adapters.logins import Role, url_for
from adapters.settings import Settings
from application.kernel.context import Caller, Context, Outcome
from application.ports.event_store import Commit, StreamAppend
from domain.kernel.event import DomainEvent
from projections.kernel.runner import Runner

T = TypeVar("T")
Appended = Sequence[tuple[UUID, int, Sequence[DomainEvent]]]
"""Streams with the version they stood at and their new events, in one commit."""


class Scene:
    """Each example of a property takes a tenant of its own."""

    def __init__(self, services: Services, runner: Runner, loop: asyncio.Runner) -> None:
        self.services = services
        self._runner = runner
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns."""
        return self._loop.run(work)

    def append(self, tenant_id: UUID, actor_id: UUID, streams: Appended) -> UUID:
        """Append events of several streams in one commit; return the id of the request."""
        context = Context(
            caller=Caller(tenant_id, actor_id, frozenset({"doctor"}), purpose="TREAT"),
            command_id=uuid7(), now=datetime.now(UTC), new_id=uuid7, correlation_id=uuid7(),
        )  # fmt: skip
        appends = [StreamAppend(*each) for each in streams]
        self.run(self.services.store.append(Commit(context, appends, [], [], Outcome(uuid7(), 1, 0, {}))))
        return context.correlation_id

    def project(self) -> None:
        """Bring the timeline up to date."""
        self._runner.drain()


@contextmanager
def scene(database_url: str, state: Path) -> Iterator[Scene]:
    """Open a scene over a database, with the timeline as its only read model."""
    settings = Settings(state=state, database_url=database_url, redis_url=None)
    with asyncio.Runner() as loop, open_runner(url_for(settings, Role.PROJECTOR), ["patient_timeline"]) as runner:
        services = loop.run(open_services(settings, 4))
        yield Scene(services, runner, loop)
        loop.run(services.close())
