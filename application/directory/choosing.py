"""The id somebody is listed under: a new one, or the one they go by already."""

from uuid import UUID

from application.kernel.context import Context
from domain.kernel.errors import Invalid


class NotAPerson(Invalid):
    """The id is the organisation's own."""

    code = "not-a-person"


def listed_as(context: Context, given: UUID | None) -> UUID:
    """Return the id. Raises NotAPerson: what is sealed under an organisation's own id is erased with nobody."""
    if given == context.tenant_id:
        raise NotAPerson("This is the organisation's own id.", id=str(given))
    return given or context.new_id()
