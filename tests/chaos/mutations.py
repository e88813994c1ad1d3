"""What may become of a stored row: bent, cut, swapped, overgrown, made to name things it must not name."""

import json
import re
import string
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from uuid import UUID

from domain.catalogue import EVENTS
from projections.kernel.feed import FeedRow

#: Modules nothing of ours imports: a topic that names one must not be followed.
STRANGERS = ("colorsys", "pyclbr", "tabnanny")
#: More than an index takes, and no compression makes it shorter.
LONG = 12_000
DEEP = 1_500
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 2**200, 1.5, 1e308, "", " ", "\x00", "\ud800", "x" * 300, [], {}, [[]], {"": None},
    "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "-infinity", "Mars/Olympus", "EUR", "../../etc/passwd",
    {"kind": "erased"}, {"kind": "unopened"}, {"$type": "os.system"}, "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
IDS = re.compile(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\d.*")
Mutation = Callable[[Random, FeedRow, Sequence[FeedRow]], FeedRow]


def _field(random: Random, row: FeedRow, change: Callable[[dict[str, Any], str], None]) -> FeedRow:
    fields = json.loads(row.data)
    if not fields:
        return row._replace(data=json.dumps({"more": random.choice(ODD)}))
    place, name = fields, random.choice(list(fields))
    while isinstance(place[name], dict) and place[name] and random.random() < 0.7:
        place = place[name]
        name = random.choice(list(place))
    change(place, name)
    return row._replace(data=json.dumps(fields))


def odd_value(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A field holds what it never should."""
    return _field(random, row, lambda fields, name: fields.update({name: random.choice(ODD)}))


def long_text(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A field holds more than anything should have to carry."""
    text = "".join(random.choices(string.ascii_letters + string.digits, k=LONG))
    fields = json.loads(row.data)
    words = [name for name, value in fields.items() if isinstance(value, str) and not IDS.fullmatch(value)]
    if not words:
        return _field(random, row, lambda fields, name: fields.update({name: text}))
    return row._replace(data=json.dumps(fields | {random.choice(words): text}))


def lost_field(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A field is gone."""
    return _field(random, row, lambda fields, name: fields.__delitem__(name))


def nearly_right(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A field holds something of its own kind that is wrong."""

    def bend(fields: dict[str, Any], name: str) -> None:
        value = fields[name]
        if isinstance(value, bool):
            fields[name] = not value
        elif isinstance(value, int):
            fields[name] = random.choice((-value, value + 1, value * 10**9, value * 10**12))
        elif isinstance(value, str) and value:
            at = random.randrange(len(value))
            fields[name] = value[:at] + random.choice("0aZ-é\x00 \U0001f600") + value[at + 1 :]
        else:
            fields[name] = [value]

    return _field(random, row, bend)


def other_shape(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """It is JSON, and no object of fields."""
    deep = "[" * DEEP + "]" * DEEP
    shapes = ("null", "[]", "5", '""', "{}", "{ }", f"[{row.data}]", f" {row.data} ", '"}"', deep, f'{{"a":{deep}}}',
              row.data[:-1] + ',"more":' + deep + "}")  # fmt: skip
    return row._replace(data=random.choice(shapes))


def flipped_byte(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A byte of the text is another one."""
    at = random.randrange(len(row.data))
    return row._replace(data=row.data[:at] + chr(random.randrange(1, 127)) + row.data[at + 1 :])


def imitation(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """Another's clear data, or another's whole content, in this place."""
    other = random.choice(others)
    if random.random() < 0.5:
        return row._replace(data=other.data)
    return row._replace(data=other.data, type=other.type, sealed=other.sealed, key_id=other.key_id)


def named(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A topic that is none of ours, and may be the name of something that can be imported."""
    names = ("os.system", "builtins:eval", "", "x" * 70_000, row.type.upper(), f"{row.type} ", "\U0001f600")
    strangers = [f"{module}{sign}run" for module in STRANGERS for sign in ":."]
    return row._replace(type=random.choice([*names, *strangers, *STRANGERS, random.choice(list(EVENTS))]))


def another_version(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """A schema version that was never released."""
    return row._replace(schema_version=random.choice((-32_768, -1, 0, row.schema_version + 1, 32_767)))


def bent_envelope(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """The sealed part is cut, bent, gone or another's."""
    sealed = row.sealed or b""
    at = random.randrange(len(sealed))
    bent = sealed[:at] + bytes([sealed[at] ^ (1 << random.randrange(8))]) + sealed[at + 1 :]
    found = random.choice((None, b"", sealed[:at], sealed[: random.randrange(60)], bent, bent, sealed + b"\0",
                           random.choice(others).sealed))  # fmt: skip
    return row._replace(sealed=found)


def another_key(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """The key named is another, or was never there."""
    return row._replace(key_id=random.choice((None, UUID(int=random.getrandbits(128)), random.choice(others).key_id)))


def bent_meta(random: Random, row: FeedRow, others: Sequence[FeedRow]) -> FeedRow:
    """What is told beside the event is not what it should be."""
    meta = json.loads(row.meta)
    meta[random.choice(list(meta))] = random.choice(ODD)
    return row._replace(meta=random.choice((json.dumps(meta), "null", "[]", "{}", '{"correlation_id":5}', '"x"')))


MUTATIONS: tuple[Mutation, ...] = (odd_value, long_text, lost_field, nearly_right, other_shape, flipped_byte, imitation,
                                   named, another_version, bent_envelope, another_key, bent_meta)  # fmt: skip
