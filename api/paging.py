"""Which part of a list a request asks for, and how the answer says where the next part begins."""

from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from fastapi import Request

from adapters.bootstrap import Cursors, Sealer
from domain.kernel.errors import Invalid
from projections.kernel.lists import After, Listing, Order, Window

MAXIMUM = 1000
PUBLIC, CLINICAL = 20, 100
#: Parameters that say which part of a list is wanted; all others say which list.
PARTS = frozenset({"page", "limit", "skip", "take", "cursor"})


class UnknownSort(Invalid):
    """The list cannot be had in this order; ``details.allowed`` names those it can, ``-`` for descending."""

    code = "unknown-sort"


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor holds: how many rows came before, how many there were, and the last of them."""

    offset: int
    total: int
    after: After | None


class Parts(msgspec.Struct, frozen=True):
    """The parts of a list as the query names them."""

    page: int | None
    limit: int | None
    skip: int | None
    take: int | None
    cursor: str | None

    def window(self, default: int, order: Order | None, sealer: Sealer) -> Window:
        """Return the part of the list that is meant. Raises Invalid, CursorRefused."""
        if (self.page or self.limit) and (self.skip is not None or self.take):
            raise Invalid("Give page and limit, or skip and take, not both.")
        if self.cursor is not None and (self.page or self.skip is not None):
            raise Invalid("Give a cursor, or the page to begin at, not both.")
        size = self.limit or self.take or default
        if self.cursor is not None:
            place = msgspec.json.decode(sealer.open(self.cursor), type=_Place)
            return Window(size, place.offset, order, place.after, place.total)
        return Window(size, self.skip if self.skip is not None else ((self.page or 1) - 1) * size, order)


class Page:
    """One part of a list. Its cursors are of this tenant, this user, this list and these filters only."""

    def __init__(self, window: Window, sealer: Sealer) -> None:
        self.window = window
        self.limit = window.limit
        self.offset = window.offset
        self._sealer = sealer

    def meta(self, count: int, total: int, last: After | None) -> dict[str, object]:
        """Return where the page stands: ``next`` is the cursor of the page after it."""
        end = self.offset + count
        following = None
        if count == self.limit and end < total:
            following = self._sealer.seal(msgspec.json.encode(_Place(end, total, last)))
        pages = -(-total // self.limit)
        number = self.offset // self.limit + 1
        return {"page": number, "limit": self.limit, "total": total, "pages": pages, "next": following}


async def page_of(
    request: Request, cursors: Cursors, who: tuple[UUID, UUID], parts: Parts, default: int, order: Order | None
) -> Page:
    """Return the page that is asked for by ``who`` (tenant and user). Raises Invalid, CursorRefused."""
    asked = sorted(pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] not in PARTS)
    bound = msgspec.json.encode((request.method, request.url.path, asked)) + await request.body()
    sealer = await cursors.sealer(*who, bound)
    return Page(parts.window(default, order, sealer), sealer)


def order_of(sort: str | None, listing: Listing | None) -> Order | None:
    """Return the order that is asked for. Raises UnknownSort."""
    if sort is None or listing is None:
        return None
    order = Order(sort.removeprefix("-"), sort.startswith("-"))
    if order.field not in listing.sorts:
        allowed = sorts_of(listing)
        raise UnknownSort(f"Sort by one of: {', '.join(allowed)}.", allowed=allowed)
    return order


def sorts_of(listing: Listing) -> list[str]:
    """Return every order of a list as a request says it."""
    return [sign + field for field in sorted(listing.sorts) for sign in ("", "-")]
