"""The one way in: find the use case of a command, check that the caller may, run it, decide again on a conflict."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from application.kernel.context import Context, Outcome
from application.kernel.session import Session
from application.ports.event_store import CommandRepeated, EventStore, VersionConflict
from domain.identity.policy import permits
from domain.kernel.errors import Kind, Refused

ATTEMPTS = 60
#: A loser waits a little longer each time, by its own id, so that many who want one stream come in turn.
STEP_SECONDS, LONGEST_SECONDS = 0.002, 0.1


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every command: an imperative, validated wish."""


C = TypeVar("C", bound=Command)
Handler = Callable[[Any, Session], Awaitable[Outcome]]
USE_CASES: dict[type[Command], tuple[str, Handler]] = {}


class NotPermitted(Refused):
    """The caller's roles do not allow this."""

    code = "not-permitted"
    kind = Kind.FORBIDDEN


def use_case(
    command: type[C], permission: str
) -> Callable[[Callable[[C, Session], Awaitable[Outcome]]], Callable[[C, Session], Awaitable[Outcome]]]:
    """Register the decorated handler for ``command``; the caller needs ``permission`` (resource:action)."""

    def register(handler: Callable[[C, Session], Awaitable[Outcome]]) -> Callable[[C, Session], Awaitable[Outcome]]:
        USE_CASES[command] = (permission, handler)
        return handler

    return register


class Dispatcher:
    """Runs commands against an event store."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def dispatch(self, command: Command, context: Context) -> Outcome:
        """Run ``command`` to its outcome, or raise the refusal.

        A repeated command (same command id) answers with the first outcome; with If-Match there is one attempt.
        """
        permission, handler = USE_CASES[type(command)]
        if not permits(context.caller.roles, permission):
            raise NotPermitted("Your role does not allow this.", permission=permission)
        try:
            return await self._decide(handler, command, context)
        except Refused as refusal:
            if context.repeatable or isinstance(refusal, CommandRepeated):
                first = await self._store.outcome(context)
                if first is not None:
                    return first
            raise

    async def _decide(self, handler: Handler, command: Command, context: Context) -> Outcome:
        attempts = 1 if context.expected_version is not None else ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                return await handler(command, Session(context, self._store))
            except VersionConflict:
                if attempt == attempts:
                    raise
                share = (context.command_id.int + attempt * 7919) % 1000 / 1000
                await asyncio.sleep(share * min(attempt * STEP_SECONDS, LONGEST_SECONDS))
        raise AssertionError("there is at least one attempt")
