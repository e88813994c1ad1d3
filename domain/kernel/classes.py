"""The class of every field of an event: what kind of fact it is, and so whether it may lie in the clear."""

import types
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from domain.kernel.civil import CivilTime
from domain.kernel.event import SealedMark
from domain.kernel.money import Money


class FieldClass(StrEnum):
    """All but PERSONAL may lie in the clear. PUBLIC: a fact about a business or its offer, never about a person."""

    PERSONAL = "personal"
    ID = "id"
    CODE = "code"
    TIME = "time"
    MONEY = "money"
    COUNT = "count"
    PUBLIC = "public"


# A text says its class; every other type is of one by itself.
ForeignId = Annotated[str, FieldClass.ID]
Code = Annotated[str, FieldClass.CODE]
ZoneName = Annotated[str, FieldClass.TIME]
WallClock = Annotated[str, FieldClass.TIME]
Currency = Annotated[str, FieldClass.MONEY]
PublicText = Annotated[str, FieldClass.PUBLIC]

_BY_TYPE: dict[object, FieldClass] = {
    UUID: FieldClass.ID,
    bool: FieldClass.CODE,
    datetime: FieldClass.TIME,
    date: FieldClass.TIME,
    CivilTime: FieldClass.TIME,
    Money: FieldClass.MONEY,
    int: FieldClass.COUNT,
}


class Unclassified(Exception):
    """A field of an event has no class: nobody has said whether it is personal."""


def classes_of(hint: Any) -> frozenset[FieldClass]:
    """Return the classes of a type (several of a structure). Raises Unclassified."""
    if get_origin(hint) is Annotated:
        return _marked(hint)
    if get_origin(hint) in (Union, types.UnionType, tuple, list):
        inner = [part for part in get_args(hint) if part not in (types.NoneType, ...)]
        return frozenset().union(*(classes_of(part) for part in inner))
    if hint in _BY_TYPE:
        return frozenset({_BY_TYPE[hint]})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return frozenset({FieldClass.CODE})
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return frozenset().union(*field_classes(hint).values())
    raise Unclassified(f"{hint} has no class of its own: mark the field with one")


def field_classes(struct: type[msgspec.Struct]) -> dict[str, frozenset[FieldClass]]:
    """Return the classes of every field of an event or a structure, by name. Raises Unclassified."""
    hints = get_type_hints(struct, include_extras=True)
    found = {}
    for name in struct.__struct_fields__:
        try:
            found[name] = classes_of(hints[name])
        except Unclassified as error:
            raise Unclassified(f"{struct.__name__}.{name}: {error}") from None
    return found


def _marked(hint: Any) -> frozenset[FieldClass]:
    plain, *marks = get_args(hint)
    if any(isinstance(mark, SealedMark) for mark in marks):
        return frozenset({FieldClass.PERSONAL})
    given = frozenset(mark for mark in marks if isinstance(mark, FieldClass))
    return given or classes_of(plain)
