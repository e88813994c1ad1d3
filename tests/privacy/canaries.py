"""Canaries: values that occur nowhere else, put into every personal field there is, and searched for byte by byte."""

import base64
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from msgspec import inspect

from adapters.codec.codec import Codec
from domain.catalogue import EVENTS
from domain.kernel.event import DomainEvent, Erased, Unopened
from tests.golden.make import example

CODEC = Codec(EVENTS)
CHUNK = 1 << 24
WAL_PAGE, WAL_HEADER = 8192, 24
#: Personal dates and numbers cannot carry the mark: they are of a year, and near a number, that nothing else has.
YEAR, NUMBER = 8217, 7_913_467_520_000


class Cage:
    """Makes canaries: all carry one ``mark``, so that one search finds any of them; the number says which it is."""

    def __init__(self, mark: str | None = None) -> None:
        self.mark = mark or f"zqkx{os.urandom(5).hex()}vjw"
        self.let_out: list[str] = []

    def canary(self, where: str) -> str:
        """Return a new text; characters that JSON escapes come before and after its mark."""
        self.let_out.append(where)
        return f'Kanarié"{self.mark}{len(self.let_out) - 1:05}\\ü'

    def word(self, where: str) -> str:
        """Return a new text of letters and digits alone."""
        self.let_out.append(where)
        return f"{self.mark}{len(self.let_out) - 1:05}"

    def event(self, event: type[DomainEvent]) -> DomainEvent:
        """Return an event with a canary in every personal field, at every depth; ids are of nobody else."""
        personal = CODEC.sealed(event.TOPIC)
        kind = inspect.type_info(event)
        assert isinstance(kind, inspect.StructType)
        values = {
            field.name: self._planted(field.type, f"{event.TOPIC}.{field.name}")
            if field.name in personal
            else uuid4()
            if isinstance(field.type, inspect.UUIDType)
            else example(field.type, field.name)
            for field in kind.fields
        }
        return event(**values)

    def _planted(self, kind: Any, path: str) -> Any:
        leaf = self._leaf(kind, path)
        if leaf is not None:
            return leaf
        match kind:
            case inspect.ListType() | inspect.VarTupleType():
                items = [self._planted(kind.item_type, path)]
                return items if isinstance(kind, inspect.ListType) else tuple(items)
            case inspect.DictType():
                return {self._planted(kind.key_type, path): self._planted(kind.value_type, path)}
            case inspect.StructType():
                return kind.cls(**{f.name: self._planted(f.type, f"{path}.{f.name}") for f in kind.fields})
            case inspect.UnionType():
                return self._planted(next(t for t in kind.types if not _withheld(t)), path)
            case inspect.Metadata():
                return self._planted(kind.type, path)
            case _:
                return example(kind, path)

    def _leaf(self, kind: Any, path: str) -> Any:
        match kind:
            case inspect.StrType():
                return self.canary(path)
            case inspect.DateType():
                return date(YEAR, 1 + len(self.let_out) % 12, 1 + len(self.let_out) % 28)
            case inspect.IntType():
                return NUMBER + len(self.let_out)
            case _:
                return None

    def encodings(self) -> dict[str, bytes]:
        """Return what to search for: the mark in each encoding, and personal dates and numbers as text."""
        found = {name: encode(self.mark) for name, encode in ENCODINGS.items()}
        found |= {f"date in month {month}": f"{YEAR}-{month:02}-".encode() for month in range(1, 13)}
        return found | {"number": str(NUMBER)[:-3].encode()}


def _withheld(kind: Any) -> bool:
    nothing = isinstance(kind, inspect.NoneType)
    return nothing or (isinstance(kind, inspect.StructType) and kind.cls in (Erased, Unopened))


def _base64(offset: int) -> Callable[[str], bytes]:
    def encode(mark: str) -> bytes:
        """The part that is the same whatever stands before and behind."""
        skip = (3 - offset) % 3
        whole = mark.encode()[skip:]
        return base64.b64encode(whole[: len(whole) - len(whole) % 3])

    return encode


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "raw": lambda mark: mark.encode(),
    "capitals": lambda mark: mark.upper().encode(),
    "json": lambda mark: "".join(f"\\u{ord(c):04x}" for c in mark).encode(),
    "hex": lambda mark: mark.encode().hex().encode(),
    "hex in capitals": lambda mark: mark.encode().hex().upper().encode(),
    "base64": _base64(0),
    "base64 after one byte": _base64(1),
    "base64 after two bytes": _base64(2),
    "utf-16 le": lambda mark: mark.encode("utf-16-le"),
    "utf-16 be": lambda mark: mark.encode("utf-16-be"),
}


def written_as(name: str, text: str) -> bytes:
    """Return ``text`` as somebody careless would write it in an encoding."""
    match name:
        case "raw":
            return text.encode()
        case "capitals":
            return text.upper().encode()
        case "json":
            return "".join(f"\\u{ord(c):04x}" for c in text).encode()
        case "hex":
            return text.encode().hex().encode()
        case "hex in capitals":
            return text.encode().hex().upper().encode()
        case "utf-16 le" | "utf-16 be":
            return text.encode(name.replace(" ", "-"))
        case _:
            before = {"base64": b"", "base64 after one byte": b"x", "base64 after two bytes": b"xy"}[name]
            return base64.b64encode(before + text.encode())


class Hit(NamedTuple):
    """A canary that got out."""

    file: str
    encoding: str
    around: bytes


def hits(folder: Path, wanted: dict[str, bytes]) -> Iterator[Hit]:
    """Search every file under ``folder``, names included."""
    overlap = max(map(len, wanted.values()))
    for path in sorted(folder.rglob("*")):
        yield from _in(f"name of {path}", str(path).encode(), wanted)
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                tail = b""
                while chunk := file.read(CHUNK):
                    if path.parent.name == "pg_wal":
                        chunk = _without_page_headers(chunk)
                    yield from _in(str(path), tail + chunk, wanted)
                    tail = chunk[-overlap:]


def _without_page_headers(log: bytes) -> bytes:
    """Join what the pages of the write-ahead log hold: a record goes on from one to the next."""
    return b"".join(log[at + WAL_HEADER : at + WAL_PAGE] for at in range(0, len(log), WAL_PAGE))


def hits_in(name: str, content: bytes, wanted: dict[str, bytes]) -> list[Hit]:
    """Search what is no file."""
    return list(_in(name, content, wanted))


def _in(name: str, content: bytes, wanted: dict[str, bytes]) -> Iterator[Hit]:
    for encoding, pattern in wanted.items():
        at = content.find(pattern)
        if at >= 0:
            yield Hit(name, encoding, content[max(0, at - 80) : at + 80])
