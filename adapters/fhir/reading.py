"""Small readers of FHIR's JSON: each returns a plain value, or refuses by code and field; nothing is guessed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from adapters.fhir.refusal import Unusable

Json = dict[str, Any]
T = TypeVar("T")
MOST_DIGITS = 18
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _typed(source: Json, key: str, kind: type[T]) -> T | None:
    value = source.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unusable("wrong-shape", key)
    return value


def obj(source: Json, key: str) -> Json:
    """Return the object at ``key``, {} when absent."""
    return _typed(source, key, dict) or {}


def array(source: Json, key: str) -> list[Json]:
    """Return the list of objects at ``key``, [] when absent."""
    items: list[Any] = _typed(source, key, list) or []
    if not all(isinstance(item, dict) for item in items):
        raise Unusable("wrong-shape", key)
    return items


def texts(source: Json, key: str) -> list[str]:
    """Return the list of strings at ``key``, [] when absent."""
    items: list[Any] = _typed(source, key, list) or []
    if not all(isinstance(item, str) and "\x00" not in item for item in items):
        raise Unusable("wrong-shape", key)
    return items


def text(source: Json, key: str) -> str | None:
    """Return the string at ``key``, stripped; None when absent or blank."""
    value = _typed(source, key, str)
    if value and "\x00" in value:
        raise Unusable("bad-text", key)
    return value.strip() or None if value else None


def first(items: list[Json]) -> Json:
    """Return the first object, {} when there is none."""
    return items[0] if items else {}


def coding(concept: Json) -> tuple[str | None, str | None]:
    """Return (code, system) of a CodeableConcept's first coding."""
    found = first(array(concept, "coding"))
    return text(found, "code"), text(found, "system")


def codes(concept: Json) -> Iterator[str]:
    """Yield every code of a CodeableConcept."""
    for item in array(concept, "coding"):
        code = text(item, "code")
        if code:
            yield code


def words(concept: Json) -> str | None:
    """Return what a CodeableConcept says: its text, else a display, else a code."""
    found = text(concept, "text")
    for key in ("display", "code"):
        for item in array(concept, "coding"):
            found = found or text(item, key)
    return found


def named(resource: Json, field: str = "code") -> str:
    """Return what the concept at ``field`` says; refuse when it says nothing."""
    found = words(obj(resource, field))
    if found is None:
        raise Unusable("missing-code", field)
    return found


def joined(concepts: list[Json]) -> str | None:
    """Return what several concepts say, or None."""
    return ", ".join(said for said in map(words, concepts) if said) or None


def decimal(source: Json, key: str) -> str | None:
    """Return the number at ``key`` digit for digit as a plain decimal string; None when absent."""
    value = source.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unusable("wrong-shape", key)
    exact = Decimal(value)
    if not exact.is_finite() or abs(exact.adjusted()) > MOST_DIGITS:
        raise Unusable("bad-number", key)
    return format(exact, "f")


def instant(value: object, field: str) -> datetime:
    """Return a FHIR date or dateTime as an instant in UTC; a part left out means its beginning."""
    if not isinstance(value, str):
        raise Unusable("bad-date", field)
    partial = _DATE.fullmatch(value)
    try:
        if partial:
            year, month, day = (int(part or 1) for part in partial.groups())
            return datetime(year, month, day, tzinfo=UTC)
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None or "T" not in value:
            raise ValueError
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unusable("bad-date", field) from None


def day(source: Json, key: str) -> date | None:
    """Return the date at ``key``; None when absent."""
    return instant(source[key], key).date() if source.get(key) is not None else None


def date_text(source: Json, key: str) -> str | None:
    """Return a FHIR date or dateTime as it stands, once it is known to be one; None when absent."""
    if source.get(key) is None:
        return None
    instant(source[key], key)
    return str(source[key])


def when(resource: Json, *fields: str) -> datetime | None:
    """Return the first of the named times that is there: dateTime, instant, or the start of a Period."""
    for field in fields:
        value = resource.get(field)
        if isinstance(value, dict):
            value = value.get("start")
        if value is not None:
            return instant(value, field)
    return None


def until(resource: Json, *fields: str) -> datetime | None:
    """Return the first of the named ends that is there: dateTime, or the end of a Period."""
    for field in fields:
        value = resource.get(field)
        if isinstance(value, dict):
            value = value.get("end")
        if value is not None:
            return instant(value, field)
    return None
