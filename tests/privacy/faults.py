"""Ports that fail at one call of the test's choosing: just before it is done, or done and never acknowledged."""

import inspect
from typing import Any

from adapters.bootstrap import Services
from adapters.jobs.performer import Performer, SystemAct
from application.catalogue import PROCESSES
from application.kernel.world import World


class Crash(Exception):
    """What a process does that ends in the middle of something."""


class Fuse:
    """Counts moments, two per call of a port, and blows at one of them (None: never)."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed = 0

    def moment(self) -> None:
        """Pass a moment, or crash."""
        self.passed += 1
        if self.passed - 1 == self.at:
            raise Crash


class Failing:
    """Stands before a port and has it fail."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    async def __call__(self, *given: Any, **named: Any) -> Any:
        """The port itself is a function (``act``)."""
        return await self._waiting(self._port, given, named)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def called(*given: Any, **named: Any) -> Any:
            if inspect.iscoroutinefunction(method):
                return self._waiting(method, given, named)
            self._fuse.moment()
            done = method(*given, **named)
            self._fuse.moment()
            return done

        return called

    async def _waiting(self, method: Any, given: Any, named: Any) -> Any:
        self._fuse.moment()
        done = await method(*given, **named)
        self._fuse.moment()
        return done


def failing_performer(services: Services, fuse: Fuse) -> Performer:
    """Return what performs effects over ports that fail at the fuse's moment."""

    def world(act: SystemAct) -> World:
        sound = (services.store, services.streams, services.files, services.invoices, services.notifier)
        ports = (services.personal_keys, services.journal, services.witness)
        keys, journal, witness = (Failing(port, fuse) for port in ports)
        identity = (services.identity.challenges, services.identity.accounts, services.identity.invitations)
        return World(Failing(act, fuse), *sound, keys, journal, witness, *identity)

    return Performer(services.pool, PROCESSES, services.dispatcher, world, services.new_id)
