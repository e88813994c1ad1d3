"""What changed from what to what: values taken apart into named leaves, and the leaves that differ."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.kernel.event import KIND, Content, Erased, Unopened

WITHHELD = frozenset(str(kind.__struct_config__.tag) for kind in (Erased, Unopened))
#: Structures that read as one value: an amount of money, a civil time.
WHOLE = (frozenset({"amount", "currency"}), frozenset({"local", "zone", "fold"}))
AS_IS = frozenset({str, int, bool, float, type(None)})
ATOMS = (str, int, float, date, timedelta, Decimal, Enum, msgspec.Struct)
LISTS = frozenset({list, tuple})
NESTED = LISTS | {dict}

Leaves = dict[str, Any]
"""Values by dotted path (``content.results[2].unit``); what is absent or empty has no path."""


class Change(NamedTuple):
    """A field that reads differently. ``before`` or ``after`` is None where there was, or is, nothing."""

    field: str
    before: Any
    after: Any

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"field": self.field, "from": self.before, "to": self.after}


def plain(value: object) -> Any:
    """Return a value of the domain as JSON: structures by field name, sets in order, ids and times as text."""
    kind = type(value)
    if kind in AS_IS:
        return value
    if kind is UUID:
        return str(value)
    if isinstance(value, ATOMS):
        return msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(inner) for name, inner in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return {name: plain(inner) for name, inner in attributes(value)}


def attributes(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the public attributes of an object."""
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    for name in [*slots, *getattr(value, "__dict__", ())]:
        if not name.startswith("_") and hasattr(value, name):
            yield name, getattr(value, name)


def leaves(value: Any, path: str = "", into: Leaves | None = None) -> Leaves:
    """Return the leaves of JSON. A withheld value and a list of plain values are leaves, a structure's tag is none."""
    found: Leaves = {} if into is None else into
    kind = type(value)
    if kind is dict and not withheld(value) and value.keys() not in WHOLE:
        prefix = f"{path}." if path else ""
        for name, inner in value.items():
            if name == KIND and inner in _tags():
                continue
            if type(inner) in AS_IS:
                if inner is not None:
                    found[prefix + name] = inner
            else:
                leaves(inner, prefix + name, found)
    elif kind in LISTS and any(type(inner) in NESTED for inner in value):
        for number, inner in enumerate(value):
            leaves(inner, f"{path}[{number}]", found)
    elif value is not None and (kind not in LISTS or value):
        found[path] = value
    return found


def withheld(value: object) -> bool:
    """Whether a value in JSON stands for one that is erased or was not opened."""
    return isinstance(value, dict) and value.get(KIND) in WITHHELD


def differences(before: Leaves, after: Leaves) -> list[Change]:
    """Return what differs, in the order of ``after``, and then what is gone. Nobody can know whether two withheld
    values are the same, so they count as different."""
    if not before:
        return [Change(path, None, now) for path, now in after.items()]
    changed = [
        Change(path, before.get(path), now)
        for path, now in after.items()
        if path not in before or before[path] != now or withheld(now)
    ]
    return changed + [Change(path, was, None) for path, was in before.items() if path not in after]


@lru_cache(maxsize=1024)
def is_reason(name: str) -> bool:
    """Whether a field of an event says why it happened, rather than what."""
    return name in {"code", "reason"} or name.endswith(("_reason", "_code"))


@lru_cache(maxsize=1)
def _tags() -> frozenset[str]:
    """The tags of every structure that can stand in a sealed field."""
    found, waiting = set(), [Content]
    while waiting:
        kind = waiting.pop()
        found.add(str(kind.__struct_config__.tag))
        waiting += kind.__subclasses__()
    return frozenset(found)
