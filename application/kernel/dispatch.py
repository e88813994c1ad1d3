"""The one way in: find the use case of a command, check that the caller may, run it, decide again on a conflict."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from application.kernel.context import Context, Outcome
from application.kernel.reach import not_permitted, reach_of
from application.kernel.session import Session
from application.ports.assignments import Assignments
from application.ports.event_store import CommandRepeated, EventStore, VersionConflict
from domain.kernel.errors import Refused

ATTEMPTS = 60
#: A loser waits a little longer each time, by its own id, so that many who want one stream come in turn.
STEP_SECONDS, LONGEST_SECONDS = 0.002, 0.1


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every command: an imperative, validated wish."""


C = TypeVar("C", bound=Command)
Handler = Callable[[Any, Session], Awaitable[Outcome]]
#: What the caller needs (resource:action), or what a command, looked at, says that they need.
Permission = str | Callable[[Any], str]
USE_CASES: dict[type[Command], tuple[Permission, Handler]] = {}


def use_case(
    command: type[C], permission: Permission
) -> Callable[[Callable[[C, Session], Awaitable[Outcome]]], Callable[[C, Session], Awaitable[Outcome]]]:
    """Register the decorated handler for ``command``; the caller needs ``permission``."""

    def register(handler: Callable[[C, Session], Awaitable[Outcome]]) -> Callable[[C, Session], Awaitable[Outcome]]:
        USE_CASES[command] = (permission, handler)
        return handler

    return register


class Dispatcher:
    """Runs commands against an event store."""

    def __init__(self, store: EventStore, assignments: Assignments | None = None) -> None:
        self._store = store
        self._assignments = assignments

    async def dispatch(self, command: Command, context: Context) -> Outcome:
        """Run ``command`` to its outcome, or raise the refusal.

        A repeated command (same command id) answers with the first outcome; with If-Match there is one attempt.
        """
        needed, handler = USE_CASES[type(command)]
        permission = needed if isinstance(needed, str) else needed(command)
        if not reach_of(context.caller, permission):
            raise not_permitted(permission)
        try:
            outcome = await self._decide(handler, command, context, permission)
        except Refused as refusal:
            if context.repeatable or isinstance(refusal, CommandRepeated):
                first = await self._store.outcome(context)
                if first is not None:
                    return first
            raise
        return outcome if outcome.position or not context.request_hash else await self._unchanged(outcome, context)

    async def _unchanged(self, outcome: Outcome, context: Context) -> Outcome:
        """A command under a caller's key changed nothing; neither shall its repetition, whatever comes between.

        Of those that come at once one is remembered: it is what all are answered, and another request is refused."""
        first = await self._store.outcome(context)
        if first is None:
            await self._store.remember(context, outcome)
            first = await self._store.outcome(context)
            if first is None or (first.id, first.version) == (outcome.id, outcome.version):
                return outcome
        return first

    async def _decide(self, handler: Handler, command: Command, context: Context, permission: str) -> Outcome:
        attempts = 1 if context.expected_version is not None else ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                return await handler(command, Session(context, self._store, permission, self._assignments))
            except VersionConflict:
                if attempt == attempts:
                    raise
                share = (context.command_id.int + attempt * 7919) % 1000 / 1000
                await asyncio.sleep(share * min(attempt * STEP_SECONDS, LONGEST_SECONDS))
        raise AssertionError("there is at least one attempt")
