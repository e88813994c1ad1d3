"""The event catalogue: everything that can happen, in which shape, about whom, and which of it is personal."""

from itertools import groupby
from typing import get_type_hints

from domain.catalogue import EVENTS
from domain.kernel.classes import FieldClass, field_classes
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
    hints = get_type_hints(event)
    shown = []
    for name, classes in field_classes(event).items():
        if FieldClass.PERSONAL in classes:
            shown.append(f"**{name}** (personal)")
        else:
            shown.append(f"{name}: {_named(hints[name])} ({', '.join(sorted(classes))})")
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
        f"{len(EVENTS)} events. Every field is of a class. Personal ones are stored only under the key of the person"
        " the event is about, and are gone when that key is destroyed: names, birth dates, contact and address, free"
        " text, diagnoses, results, notes, insurance and device data, everything clinical. The others lie in the clear:"
        " ids, codes of state, times, money, counts, and public facts about a business or its offer. Topics and shapes"
        " of old versions never change."
    )
    return document("Events", introduction, *sections)
