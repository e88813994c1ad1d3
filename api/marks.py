"""What a route says of itself beside its permission: how often it may be asked, and what else than JSON it takes."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from fastapi.routing import APIRoute

from adapters.bootstrap import LIMITS

F = TypeVar("F", bound=Callable[..., Any])


class Taking(NamedTuple):
    """The media types a route takes as they come, not as JSON, and how many bytes at most."""

    types: frozenset[str]
    at_most: int


def limited(*names: str) -> Callable[[F], F]:
    """Count what comes to a route under limits of the table (adapters/limits/table.py) besides the default."""
    if unknown := set(names) - LIMITS.keys():
        raise LookupError(f"there is no limit {sorted(unknown)}")

    def mark(endpoint: F) -> F:
        endpoint.__dict__["limits"] = names
        return endpoint

    return mark


def taking(*types: str, at_most: int) -> Callable[[F], F]:
    """Let a route take bodies of ``types``, up to ``at_most`` bytes: it reads them as a stream."""

    def mark(endpoint: F) -> F:
        endpoint.__dict__["taking"] = Taking(frozenset(types), at_most)
        return endpoint

    return mark


def limits_of(route: APIRoute | None) -> tuple[str, ...]:
    """Return the limits a route names."""
    return getattr(route.endpoint, "limits", ()) if route else ()


def taken_by(route: APIRoute | None) -> Taking | None:
    """Return what a route takes as it comes."""
    return getattr(route.endpoint, "taking", None) if route else None
