"""Writes golden files: ``python -m tests.golden.make`` adds one for every released event that has none yet.

A golden file is added and never edited: it holds what earlier versions of the program have written for ever.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import inspect

from adapters.codec.codec import Codec
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent, Erased, Unopened

FOLDER = Path(__file__).parent
SUMS = FOLDER / "SHA256SUMS"
CODEC = Codec(EVENTS)


def path_of(topic: str, version: int) -> Path:
    """Return where the golden file of a topic and version lies."""
    return FOLDER / f"{topic}.v{version}.json"


TEXTS = {"zone": "Europe/Lisbon", "currency": "EUR", "local": "2026-03-29T09:30"}
SCALARS: dict[type, Callable[[str], Any]] = {
    inspect.UUIDType: lambda name: UUID(hashlib.sha256(name.encode()).hexdigest()[:32]),
    inspect.DateTimeType: lambda _: datetime(2026, 3, 29, 9, 30, tzinfo=UTC),
    inspect.DateType: lambda _: date(2026, 3, 29),
    inspect.IntType: lambda _: 1,
    inspect.BoolType: lambda _: True,
    inspect.StrType: lambda name: TEXTS.get(name, f"{name} – ünï"),
}


def example(kind: Any, name: str) -> Any:
    """Return a plausible value of an inspected type; the same for the same type and field."""
    if type(kind) in SCALARS:
        return SCALARS[type(kind)](name)
    match kind:
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.ListType():
            return [example(kind.item_type, name)]
        case inspect.VarTupleType():
            return (example(kind.item_type, name),)
        case inspect.DictType():
            return {example(kind.key_type, name): example(kind.value_type, name)}
        case inspect.StructType():
            return kind.cls(**{f.name: example(f.type, f.name) for f in kind.fields})
        case inspect.UnionType():
            wanted = [t for t in kind.types if not isinstance(t, inspect.NoneType) and not _withheld(t)]
            return example(wanted[0], name)
        case inspect.Metadata():
            return example(kind.type, name)
        case _:
            raise TypeError(f"no example for {kind}")


def _withheld(kind: Any) -> bool:
    return isinstance(kind, inspect.StructType) and kind.cls in (Erased, Unopened)


def instance(event: type[DomainEvent]) -> DomainEvent:
    """Return an example of an event class."""
    kind = inspect.type_info(event)
    assert isinstance(kind, inspect.StructType)
    return event(**{field.name: example(field.type, field.name) for field in kind.fields})


def write(event: type[DomainEvent]) -> Path:
    """Write the golden file of an event's present version."""
    clear, personal = CODEC.encode(instance(event))
    path = path_of(event.TOPIC, event.VERSION)
    content = {"topic": event.TOPIC, "version": event.VERSION, "data": clear, "sealed": personal}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with SUMS.open("a") as sums:
        sums.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    return path


def main(topics: list[str]) -> None:
    """Add what is missing (of ``topics``, if any are named)."""
    for topic, event in EVENTS.items():
        if (not topics or topic in topics) and not path_of(topic, event.VERSION).exists():
            sys.stdout.write(f"added {write(event).name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
