"""Accounts of history as a person reads them in a terminal; long lines hang under what they belong to."""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any

from adapters.review.changes import leaves
from domain.kernel.money import Money

Facts = dict[str, Any]
LABEL = 11


def entry(told: Facts, width: int) -> str:
    """Return one event of an account."""
    head = f"#{told['position']}  {moment(told['recorded_at'])}  {told['what']}"
    about = [("", f"{told['kind']} {told['stream_id']} v{told['version']} · {told['type']}")]
    if told["person_id"]:
        about.append(("about", f"person {told['person_id']}"))
    about.append(("by", who(told["who"])))
    if told.get("author_id") not in (None, told["who"]["id"]):
        about.append(("author", str(told["author_id"])))
    if told["effective_at"]:
        until = f" until {told['effective_until']}" if told["effective_until"] else ""
        about.append(("effective", f"{told['effective_at']}{until}"))
    if why := [f"{name} {value(said)}" for name, said in told["why"].items() if said is not None]:
        about.append(("why", " · ".join(why)))
    begins = told["version"] == 1
    changes = [changed(c, begins) for c in told["changes"] if not (begins and c["to"] == str(told["person_id"]))]
    about += [("" if n else "begins as" if begins else "changed", change) for n, change in enumerate(changes)]
    asked = told["request"]
    request = [str(asked["correlation_id"]), f"command {asked['command_id']}"]
    if asked["causation_id"]:
        request.append(f"caused by event {asked['causation_id']}")
    about.append(("request", " · ".join(request)))
    return "\n".join([head, *(line for label, text in about for line in hanging(label, text, width))])


def state(told: Facts, width: int) -> str:
    """Return a state."""
    lines = [f"{told['kind']} {told['stream_id']}, version {told['version']} of {told['versions']}"]
    for heading, facts in (("held by its rules", told["state"]), ("said beside that", told["said"])):
        lines += ["", heading, *(line for name, fact in leaves(facts).items() for line in _fact(name, fact, width))]
    return "\n".join([*lines, "", "last event", entry(told["last"], width)])


def difference(told: Facts, width: int) -> str:
    """Return an entry of a chart that reads differently, and the steps in between."""
    versions = [f"v{n}" if n else "not in it" for n in (told["version_before"], told["version_after"])]
    head = f"{told['record_type'].replace('_', ' ')} {told['record_id']}: {told['difference']} ({' → '.join(versions)})"
    added = told["difference"] == "added"
    lines = [line for change in told["changes"] for line in hanging("", changed(change, added), width)]
    steps = [f"    {line}" for step in told["steps"] for line in entry(step, width - 4).splitlines()]
    return "\n".join([head, *lines, *steps])


def version(told: Facts, width: int) -> str:
    """Return an entry of a chart as it was known."""
    head = f"{told['record_type'].replace('_', ' ')} {told['record_id']} v{told['version']}"
    period = f"{told['effective_at']} until {told['effective_until'] or 'further notice'}"
    about = [("effective", period), ("recorded", f"{moment(told['recorded_at'])} by {who(told['who'])}")]
    lines = [line for label, text in about for line in hanging(label, text, width)]
    said = leaves(told["content"])
    lines += [line for name, fact in said.items() for line in _fact(name or "content", fact, width)]
    return "\n".join([head, *lines])


def who(told: Facts) -> str:
    """Return who did something: name, role and id, and for whom."""
    known = ", ".join(part for part in (told["name"], told["role"]) if part)
    text = f"{known} {told['id']}".strip()
    return f"{text}, on behalf of {told['on_behalf_of']}" if told["on_behalf_of"] else text


def changed(change: Facts, begins: bool = False) -> str:
    """Return a change of one field; of a thing that ``begins`` nothing was before."""
    if begins and change["from"] is None:
        return f"{change['field']}: {value(change['to'])}"
    return f"{change['field']}: {value(change['from'])} → {value(change['to'])}"


def value(told: Any) -> str:
    """Return a value of JSON in short."""
    match told:
        case None:
            return "–"
        case bool():
            return "yes" if told else "no"
        case list() | tuple():
            return "[" + ", ".join(map(value, told)) + "]"
        case dict():
            return _structure(told)
        case _:
            return str(told)


def _structure(told: Facts) -> str:
    match told:
        case {"kind": "erased"}:
            return "(erased)"
        case {"kind": "unopened"}:
            return "(not opened)"
        case {"amount": int(amount), "currency": str(currency)}:
            return f"{Money(amount, currency).decimal()} {currency}"
        case {"local": str(local), "zone": str(zone)}:
            return f"{local.replace('T', ' ')} {zone}"
        case _:
            return "{" + ", ".join(f"{name}: {value(inner)}" for name, inner in told.items() if inner is not None) + "}"


def moment(when: Any) -> str:
    """Return an instant to the millisecond, in UTC."""
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03}Z"


def hanging(label: str, text: str, width: int) -> Iterator[str]:
    """Yield lines of ``text`` behind a label, those that follow indented as far; ids are never broken."""
    indent = " " * (4 + LABEL)
    first = f"    {label:<{LABEL}}"
    yield from wrap(text, max(width, 60), initial_indent=first, subsequent_indent=indent, break_long_words=False,
                    break_on_hyphens=False) or [first.rstrip()]  # fmt: skip


def _fact(name: str, fact: Any, width: int) -> Iterable[str]:
    return wrap(f"{name}: {value(fact)}", max(width, 60), initial_indent="    ", subsequent_indent=" " * 8,
                break_long_words=False, break_on_hyphens=False)  # fmt: skip
