"""Answers that are kept for a while: made without regard to who asks, shown to whoever was let in, noted for each."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from starlette.responses import Response

from adapters.bootstrap import Family, Kept, Made, Place, which
from api.asking import Ask
from api.envelope import dumped
from api.looking import people_in
from api.paging import Page
from projections.kernel.lists import After, Found, Window
from projections.kernel.reader import Answer, Reader, Row


class Shown(NamedTuple):
    """An answer as it was made. ``seconds``: time alone changes it after that; ``empty``: nothing was found.

    ``version`` is what :meth:`Ask.answer` wants beside it, ``total`` and ``last`` what :meth:`Ask.page` does.
    """

    data: Any
    version: int | None = None
    total: int | None = None
    last: After | None = None
    seconds: float | None = None
    empty: bool = False


Make = Callable[[Reader], Awaitable[Shown]]


async def kept(
    ask: Ask, family: Family, person_id: UUID | None, *parts: object, make: Make, tenant_id: UUID | None = None
) -> Kept:
    """Return the answer kept in ``family`` (about one person, or none) for ``parts``, or made now.

    ``parts`` are all it depends on beside what happened: also what the caller may see of it. ``make`` is given a reader
    that knows no caller; whoever comes into view is noted for this caller, and refused where out of reach, from a kept
    answer as from a new one. A caller who reaches only some things is given nothing that is not about a person.
    """
    tenant = tenant_id or ask.tenant
    if person_id is None and ask.looking.bounds is not None:  # row by row it is decided what they may see
        return _kept(await make(ask.reader), ())

    async def made() -> Made:
        people: set[UUID] = set()

        async def note(asked: Mapping[str, object], found: Answer) -> None:
            people.update(people_in(asked, found))

        shown = await make(ask.services.reader.within(tenant).watched(note))
        return Made(_kept(shown, people), shown.seconds, worth=not shown.empty)

    place = Place(family, tenant, person_id, which(*parts))
    found = await ask.services.cache.get(place, made, ask.beyond)
    if found.people:
        ask.saw(found.people)
    return found


class Find(Protocol):
    """A query for one page of a list."""

    async def __call__(self, reader: Reader, *, window: Window) -> Found:
        """Return the page."""
        ...


async def kept_page(
    ask: Ask,
    family: Family,
    person_id: UUID | None,
    *parts: object,
    page: Page,
    find: Find,
    view: Callable[[Row], dict[str, Any]],
) -> Response:
    """Answer with one page of a list, kept as :func:`kept` does; of a person, not when there is nothing."""

    async def make(reader: Reader) -> Shown:
        found = await find(reader, window=page.window)
        empty = person_id is not None and not found.rows
        return Shown([view(row) for row in found.rows], total=found.total, last=found.last, empty=empty)

    shown = await kept(ask, family, person_id, *parts, page.window, make=make)
    return ask.page(shown.body, Found([], shown.total or 0, After(*shown.last) if shown.last else None), page)


def _kept(shown: Shown, people: Iterable[UUID]) -> Kept:
    return Kept(dumped(shown.data), tuple(people), shown.version, shown.total, shown.last)
