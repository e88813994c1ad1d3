"""Whom a runner tells what it changes, so that answers kept elsewhere are no longer believed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from projections.kernel.bookmarks import Bookmark
from projections.kernel.feed import FeedRow


class Teller(Protocol):
    """Port. Nothing in it fails or takes long: what cannot be told is made good by :meth:`forget`."""

    def changed(self, changes: Mapping[str, Iterable[FeedRow]]) -> None:
        """Tell, before it is committed, which events each consumer applies."""
        ...

    def forget(self, consumers: Iterable[str]) -> None:
        """Tell that rows of these consumers changed without it being said which."""
        ...

    def alive(self, bookmarks: Sequence[Bookmark]) -> None:
        """Tell that the changes of these are being told."""
        ...


class Silent:
    """Tells nobody."""

    def changed(self, changes: Mapping[str, Iterable[FeedRow]]) -> None:
        """Nobody listens."""

    def forget(self, consumers: Iterable[str]) -> None:
        """Nobody listens."""

    def alive(self, bookmarks: Sequence[Bookmark]) -> None:
        """Nobody listens."""
