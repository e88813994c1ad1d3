"""No field of an event without a class: were one forgotten, a person's data could lie in the clear for ever."""

from typing import ClassVar

import msgspec
import pytest

from adapters.codec.codec import sealed_fields
from domain.catalogue import EVENTS
from domain.kernel.classes import Code, FieldClass, Unclassified, field_classes
from domain.kernel.event import DomainEvent, Sealed
from domain.kernel.money import Money


class Told(msgspec.Struct, frozen=True):
    """A structure within an event."""

    kind: Code
    words: str


class Unmarked(DomainEvent, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "sample.unmarked"
    remark: str


class Nested(DomainEvent, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "sample.nested"
    told: tuple[Told, ...] = ()


class Marked(DomainEvent, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "sample.marked"
    remark: Sealed[str]
    kind: Code | None = None
    prices: tuple[Money, ...] = ()


class TestEveryField:
    @pytest.mark.parametrize("topic", sorted(EVENTS))
    @pytest.mark.requirement("R226", "R436")
    def test_of_every_event_has_a_class_and_is_sealed_when_it_is_personal(self, topic: str) -> None:
        event = EVENTS[topic]
        personal = {name for name, classes in field_classes(event).items() if FieldClass.PERSONAL in classes}
        assert personal == set(sealed_fields(event))

    @pytest.mark.parametrize("event", [Unmarked, Nested])
    @pytest.mark.requirement("R226")
    def test_that_is_a_text_without_a_mark_is_found_also_inside_a_structure(self, event: type[DomainEvent]) -> None:
        with pytest.raises(Unclassified):
            field_classes(event)

    def test_has_the_class_its_mark_or_its_type_says(self) -> None:
        assert field_classes(Marked) == {
            "remark": {FieldClass.PERSONAL},
            "kind": {FieldClass.CODE},
            "prices": {FieldClass.MONEY},
        }
