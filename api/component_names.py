"""Names of the document's schemas as people, and generators of clients, want them: one each, without modules."""

import re
from typing import Any

PREFIX = "#/components/schemas/"
_MODULE = re.compile(r"api__(\w+?)__(?:\w+?__)?(?=[A-Z])")


def plain(name: str) -> str:
    """Return ``EnvelopeEhrDone`` for ``Envelope_api__ehr__schemas__Done_``."""
    name = _MODULE.sub(lambda found: f"_{found[1]}_", name)
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def rename(document: dict[str, Any]) -> None:
    """Give every schema its plain name, as its title too. Raises ValueError when two would be the same."""
    schemas = document["components"]["schemas"]
    names = {old: plain(old) for old in schemas}
    if len(set(names.values())) < len(names):
        raise ValueError(f"schemas of the same name: {sorted(names.values())}")
    document["components"]["schemas"] = {names[old]: schema for old, schema in schemas.items()}
    for name, schema in document["components"]["schemas"].items():
        schema["title"] = name
    _point(document, {PREFIX + old: PREFIX + new for old, new in names.items()})


def _point(part: Any, moved: dict[str, str]) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            part["$ref"] = moved.get(part["$ref"], part["$ref"])
        for inner in part.values():
            _point(inner, moved)
    elif isinstance(part, list):
        for inner in part:
            _point(inner, moved)
