"""What is asked for by its id is there, or is refused."""

from domain.kernel.errors import NotFound
from projections.kernel.reader import Row


def there(row: Row | None, thing: str) -> Row:
    """Return the row, or refuse one that is not there; one out of the caller's reach never gets here."""
    if row is None:
        raise NotFound(f"There is no such {thing} here.")
    return row
