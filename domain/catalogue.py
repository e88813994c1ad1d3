"""The allow-list of everything that can happen: topic to event class. Nothing else is ever decoded."""

import importlib
import pkgutil
from types import ModuleType

import domain
from domain.kernel.event import DomainEvent


def _event_modules() -> list[ModuleType]:
    contexts = [m.name for m in pkgutil.iter_modules(domain.__path__) if m.ispkg and m.name != "kernel"]
    modules = []
    for context in sorted(contexts):
        package = importlib.import_module(f"domain.{context}")
        if any(m.name == "events" for m in pkgutil.iter_modules(package.__path__)):
            modules.append(importlib.import_module(f"domain.{context}.events"))
    return modules


def _collect() -> dict[str, type[DomainEvent]]:
    _event_modules()
    events: dict[str, type[DomainEvent]] = {}
    waiting: list[type[DomainEvent]] = [DomainEvent]
    while waiting:
        for event in waiting.pop().__subclasses__():
            waiting.append(event)
            if "TOPIC" not in event.__dict__ or not event.__module__.startswith("domain."):
                continue
            other = events.setdefault(event.TOPIC, event)
            if other is not event:
                raise TypeError(f"{event.TOPIC} is the topic of both {other.__name__} and {event.__name__}")
    return dict(sorted(events.items()))


EVENTS: dict[str, type[DomainEvent]] = _collect()
