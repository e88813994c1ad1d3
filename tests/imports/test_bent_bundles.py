"""Whatever is bent in a bundle, it is taken or refused by name; nothing else ever comes of it."""

import json
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.codec.codec import Codec
from adapters.fhir.bundle import Bundle
from adapters.fhir.refusal import Unusable
from domain.catalogue import EVENTS
from tests.imports.sample import Json, bundle
from tests.imports.test_mapping import NOW

TENANT = UUID("01900000-0000-7000-8000-0000000000aa")
CODEC = Codec(EVENTS)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, -1, 10**30, 1.5, 1e300, "", " ", "\0", "x" * 600, "2020", "2020-02-30", "9999-12-31",
     "0001-01-01T00:00:00+14:00", "#", "Patient/1", "urn:uuid:nobody", "Practitioner?identifier=a|b", [], [[]], [None],
     ["a"], [{}], {}, {"reference": 5}, {"reference": "Patient/elsewhere"}, {"value": "1"}, {"coding": [{"code": 3}]},
     {"start": 5}, {"end": "1000"}]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every node of a document."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        found += places(child, (*path, key))
    return found


def bend(document: Json, path: tuple[Any, ...], value: Any) -> None:
    """Replace one node; where an earlier bend has removed it, leave it so."""
    holder: Any = document
    for key in path[:-1]:
        if not _has(holder, key):
            return
        holder = holder[key]
    if _has(holder, path[-1]):
        holder[path[-1]] = value


def _has(holder: Any, key: Any) -> bool:
    if isinstance(holder, list):
        return isinstance(key, int) and len(holder) > key
    return isinstance(holder, dict) and key in holder


class TestBentBundle:
    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(bends=st.lists(st.tuples(st.sampled_from(places(bundle())), ODD), min_size=1, max_size=3))
    @example(bends=[(("entry", 0, "resource", "identifier"), [{"value": "\0"}])])
    def test_is_taken_with_balanced_books_or_refused_by_name(self, bends: list[tuple[tuple[Any, ...], Any]]) -> None:
        document = bundle()
        for path, value in bends:
            bend(document, path, value)
        try:
            made = Bundle.parse(json.dumps(document).encode())
            made.elsewhere()
            reading = made.reading(TENANT, NOW, "America/New_York")
        except Unusable:
            return
        assert reading.read.total() == len(reading.mapped) + reading.not_mapped.total()
        for stream in reading.mapped:
            clear, personal = CODEC.encode(stream.event)
            assert "\\u0000" not in clear
            again = CODEC.decode(stream.event.TOPIC, stream.event.VERSION, clear, personal)
            assert again == stream.event
