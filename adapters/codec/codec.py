"""Encodes events by msgspec, clear facts apart from personal ones, and decodes them by an allow-list of topics."""

from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import msgspec

from application.ports.event_store import UndecodableData, UnknownTopic
from domain.kernel.event import DomainEvent, SealedMark, Unopened

Decode = Callable[[str | bytes], DomainEvent]
Read = Callable[[str], DomainEvent]
#: RecursionError: data can be nested deeper than anybody reads.
_UNDECODABLE = (msgspec.MsgspecError, UnicodeError, KeyError, TypeError, ValueError, RecursionError)
_encode = msgspec.json.Encoder().encode
_UNOPENED = _encode(Unopened()).decode()


def sealed_fields(event: type[DomainEvent]) -> tuple[str, ...]:
    """Return the names of an event class's personal fields, in order."""
    hints = get_type_hints(event, include_extras=True)
    return tuple(
        name
        for name in event.__struct_fields__
        if any(isinstance(mark, SealedMark) for mark in getattr(hints[name], "__metadata__", ()))
    )


class Shape:
    """How one event class is encoded and decoded."""

    __slots__ = ("clear", "decoder", "event", "sealed", "unopened")

    def __init__(self, event: type[DomainEvent]) -> None:
        self.event = event
        self.sealed = sealed_fields(event)
        self.clear = tuple(name for name in event.__struct_fields__ if name not in self.sealed)
        self.decoder = msgspec.json.Decoder(event)
        self.unopened = ",".join(f'"{name}":{_UNOPENED}' for name in self.sealed)


class Codec:
    """Knows the shapes of all events of a catalogue."""

    def __init__(self, events: Mapping[str, type[DomainEvent]]) -> None:
        self._shapes = {topic: Shape(event) for topic, event in events.items()}
        self._readers: dict[tuple[str, int], Read] = {}

    def encode(self, event: DomainEvent) -> tuple[str, str | None]:
        """Return (clear JSON object, personal JSON object or None). Raises UnknownTopic outside the catalogue."""
        shape = self._shapes.get(getattr(event, "TOPIC", ""))
        if shape is None or shape.event is not type(event):
            raise UnknownTopic(f"{type(event).__name__} is not in the event catalogue")
        if not shape.sealed:
            return _encode(event).decode(), None
        clear = _encode({name: getattr(event, name) for name in shape.clear})
        return clear.decode(), _encode({name: getattr(event, name) for name in shape.sealed}).decode()

    def decode(self, topic: str, version: int, data: str, opened: str | None = None) -> DomainEvent:
        """Return the event; ``opened`` is the personal JSON object, without which those fields are Unopened.

        Raises UnknownTopic (topic or version), UndecodableData.
        """
        if opened is None:
            return self.reader(topic, version)(data)
        try:
            return self._decoder(topic, version)(_join(data, opened[1:-1]))
        except _UNDECODABLE as error:
            raise _undecodable(topic, version, error) from None

    def reader(self, topic: str, version: int) -> Read:
        """Return the function that decodes clear data of a topic and version, sealed fields Unopened: whoever reads
        many events keeps it. Raises UnknownTopic; the function raises UndecodableData."""
        found = self._readers.get((topic, version))
        if found is None:
            found = self._readers[(topic, version)] = self._reader(topic, version)
        return found

    def sealed(self, topic: str) -> tuple[str, ...]:
        """Return the personal fields of a topic. Raises UnknownTopic."""
        shape = self._shapes.get(topic)
        if shape is None:
            raise UnknownTopic(f"{topic} is not in the event catalogue")
        return shape.sealed

    def _reader(self, topic: str, version: int) -> Read:
        decoder = self._decoder(topic, version)
        unopened = self._shapes[topic].unopened

        def read(data: str) -> DomainEvent:
            try:
                return decoder(_join(data, unopened) if unopened else data)
            except _UNDECODABLE as error:
                raise _undecodable(topic, version, error) from None

        return read

    def _decoder(self, topic: str, version: int) -> Decode:
        shape = self._shapes.get(topic)
        if shape is None or not 1 <= version <= shape.event.VERSION:
            raise UnknownTopic(f"{topic} version {version} is not in the event catalogue")
        if version == shape.event.VERSION:
            return shape.decoder.decode
        event = shape.event

        def upcast(data: str | bytes) -> DomainEvent:
            fields = msgspec.json.decode(data, type=dict[str, Any])
            for step in range(version, event.VERSION):
                fields = event.upcast(step, fields)
            return msgspec.convert(fields, event)

        return upcast


def _undecodable(topic: str, version: int, error: Exception) -> UndecodableData:
    return UndecodableData(f"{topic} version {version} does not have its shape ({type(error).__name__})")


def _join(data: str, more: str) -> str:
    if data == "{}":
        return f"{{{more}}}"
    return f"{data[:-1]},{more}}}" if more else data
