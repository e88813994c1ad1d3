"""What a patient sees of billing: what is their own, and nothing else is there."""

from uuid import UUID

from api.asking import Ask
from application.kernel.ownership import guard_own
from domain.kernel.errors import NotFound
from projections.kernel.reader import Row


def own(ask: Ask, permission: str, row: Row | None, thing: str) -> Row:
    """Return the row, or refuse one that is not there, or not there for this caller."""
    if row is None:
        raise NotFound(f"There is no such {thing} here.")
    guard_own(ask.caller, permission, row["person_id"], thing)
    return row


def own_person(ask: Ask, permission: str, person_id: UUID) -> UUID:
    """Return the person's id, or refuse another person to a patient."""
    guard_own(ask.caller, permission, person_id, "person")
    return person_id
