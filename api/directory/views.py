"""People found, masked."""

from typing import Any

from domain.directory.content import Person
from projections.kernel.reader import Row
from projections.people_search.queries import EMAIL, PHONE

MASK = "•••"


def found(row: Row) -> dict[str, Any]:
    """Return somebody found as they are shown in a list."""
    person: Person = row["person"]
    return {
        "id": row["id"],
        "role": row["role"],
        "active": row["active"],
        "version": row["version"],
        "name": person.names[0].text,
        "birthYear": person.birth_date[:4] if person.birth_date else None,
        "emails": [masked_email(c.value) for c in person.contacts if c.system == EMAIL],
        "phones": [masked(c.value, 2) for c in person.contacts if c.system == PHONE],
        "recordNumbers": [masked(identifier.value, 3) for identifier in person.identifiers],
    }


def masked(value: str, shown: int) -> str:
    """Return the end of a value, ``shown`` characters of it and never more than a third."""
    shown = min(shown, len(value) // 3)
    return MASK + (value[-shown:] if shown else "")


def masked_email(value: str) -> str:
    """Return an e-mail address with its first letter and its domain."""
    local, at, domain = value.partition("@")
    return f"{local[:1]}{MASK}{at}{domain}" if at else MASK
