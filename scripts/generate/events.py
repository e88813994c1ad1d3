"""The event catalogue: everything that can happen, in which shape, about whom, and which of it is personal."""

from itertools import groupby
from typing import get_type_hints

import msgspec

from adapters.codec.codec import sealed_fields
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent
from scripts.generate.markdown import document, table


def _named(hint: object) -> str:
    """Return a type as it reads in code, without modules."""
    arguments = getattr(hint, "__args__", ())
    name = getattr(hint, "__name__", str(hint))
    if isinstance(hint, type) and not arguments:
        return name
    if type(None) in arguments or "|" in str(hint) or "Union" in str(hint):
        return " or ".join(sorted("none" if a is type(None) else _named(a) for a in arguments))
    return f"{name}[{', '.join('…' if a is Ellipsis else _named(a) for a in arguments)}]" if arguments else name


def _fields(event: type[DomainEvent]) -> str:
    sealed = set(sealed_fields(event))
    hints = get_type_hints(event)
    shown = []
    for field in msgspec.structs.fields(event):
        if field.name in sealed:
            shown.append(f"**{field.name}** (sealed)")
        else:
            shown.append(f"{field.name}: {_named(hints[field.name])}")
    return ", ".join(shown)


def page() -> str:
    """Return the catalogue, a section per context."""
    sections = []
    for context, topics in groupby(EVENTS, key=lambda topic: topic.split(".")[0]):
        rows = []
        for topic in topics:
            event = EVENTS[topic]
            about = f"{event.SUBJECT} ({event.RETENTION})" if event.SUBJECT else "nobody"
            rows.append((f"`{topic}`", event.VERSION, f"`{event.__name__}`", about, _fields(event)))
        sections.append(f"## {context}")
        sections.append(table(["topic", "version", "class", "about", "fields"], rows))
    introduction = (
        f"{len(EVENTS)} events. A sealed field is personal: it is stored only under the key of the person the event is"
        " about, and is gone when that key is destroyed. Topics and the shapes of old versions never change."
    )
    return document("Events", introduction, *sections)
