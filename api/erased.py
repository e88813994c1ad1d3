"""Whoever asks for a thing of which nothing is left is told so, the same way everywhere. Lists mark it instead."""

from domain.kernel.errors import Kind, Refused
from projections.kernel.reader import Row


class RecordErased(Refused):
    """The person's data has been erased; nobody can read this again."""

    code = "record-erased"
    kind = Kind.GONE


def whole(row: Row) -> Row:
    """Return an opened row; raise RecordErased when all it would say is erased."""
    if row.get("erased"):
        raise RecordErased("The data of this person has been erased.", version=row["version"])
    return row
