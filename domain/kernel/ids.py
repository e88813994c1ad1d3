"""Ids: UUIDs given from outside; derived ones make the same fact carry the same id everywhere."""

from typing import NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", UUID)
PersonId = NewType("PersonId", UUID)

_CARETRAIL = UUID("6f1d2c0e-6f0b-5d0e-9d55-3c1c63617265")


def derived_id(*parts: object) -> UUID:
    """Return the UUIDv5 of ``parts``: equal parts, equal id."""
    return uuid5(_CARETRAIL, "\x1f".join(str(part) for part in parts))
