"""Events are decoded by an allow-list and by their exact shape; older shapes are brought up to date on the way."""

from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.codec.codec import Codec, sealed_fields
from application.ports.event_store import UndecodableData, UnknownTopic
from domain.kernel.event import DomainEvent, Sealed, Unopened

PERSON = UUID(int=7)


class Measured(DomainEvent, frozen=True, kw_only=True):
    """Version 1 had inches and no unit."""

    TOPIC: ClassVar[str] = "sample.height.measured"
    VERSION: ClassVar[int] = 3
    SUBJECT: ClassVar[str | None] = "person_id"
    person_id: UUID
    centimetres: int
    device: str | None = None
    remark: Sealed[str]

    @classmethod
    def upcast(cls, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        if version == 1:
            return {**fields, "cm": round(fields.pop("inches") * 2.54)}
        return {**fields, "centimetres": fields.pop("cm")}


CODEC = Codec({Measured.TOPIC: Measured})


class TestCodec:
    def test_parts_what_is_personal_from_what_is_clear(self) -> None:
        clear, personal = CODEC.encode(Measured(person_id=PERSON, centimetres=180, remark="tall"))
        assert clear == '{"person_id":"00000000-0000-0000-0000-000000000007","centimetres":180,"device":null}'
        assert personal == '{"remark":"tall"}'
        assert sealed_fields(Measured) == ("remark",)

    def test_brings_every_older_shape_up_to_date(self) -> None:
        first = CODEC.decode(Measured.TOPIC, 1, f'{{"person_id":"{PERSON}","inches":70}}', '{"remark":"old"}')
        second = CODEC.decode(Measured.TOPIC, 2, f'{{"person_id":"{PERSON}","cm":178}}')
        assert first == Measured(person_id=PERSON, centimetres=178, remark="old")
        assert second == Measured(person_id=PERSON, centimetres=178, remark=Unopened())

    @pytest.mark.parametrize(("topic", "version"), [("os.system", 1), (Measured.TOPIC, 0), (Measured.TOPIC, 4)])
    def test_knows_no_topic_or_version_outside_its_catalogue(self, topic: str, version: int) -> None:
        with pytest.raises(UnknownTopic):
            CODEC.decode(topic, version, "{}")

    @given(st.text() | st.just('{"person_id":"x","centimetres":1}') | st.just('{"centimetres":1e400}') | st.just("[]"))
    def test_answers_anything_undecodable_by_one_error(self, data: str) -> None:
        for version in (1, 2, 3):
            with pytest.raises(UndecodableData):
                CODEC.decode(Measured.TOPIC, version, data)

    @given(st.integers(-(2**40), 2**40), st.none() | st.text(), st.text())
    def test_gives_back_what_it_was_given(self, centimetres: int, device: str | None, remark: str) -> None:
        event = Measured(person_id=PERSON, centimetres=centimetres, device=device, remark=remark)
        clear, personal = CODEC.encode(event)
        assert CODEC.decode(Measured.TOPIC, 3, clear, personal) == event
