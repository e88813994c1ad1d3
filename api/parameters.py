"""A parameter nobody reads is a question nobody answers: it is refused, and those there are are named."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from domain.kernel.errors import Invalid

F = TypeVar("F", bound=Callable[..., Any])
_KNOWN: dict[Callable[..., Any], frozenset[str]] = {}


class UnknownParameter(Invalid):
    """The query names a parameter this route does not take; ``details.allowed`` names those it does."""

    code = "unknown-parameter"


def any_parameters(endpoint: F) -> F:
    """Declare that others send people to a route, with parameters of their own, which it ignores (RFC 6749 4.1.2)."""
    endpoint.__dict__["any_parameters"] = True
    return endpoint


def refuse_unknown_parameters(request: Request) -> None:
    """Raise UnknownParameter unless the route takes every parameter of the query."""
    route = request.scope["route"]
    if not request.scope["query_string"] or hasattr(route.endpoint, "any_parameters"):
        return
    allowed = _known(route)
    if not allowed.issuperset(request.query_params.keys()):
        names = sorted(allowed)
        raise UnknownParameter(f"The query may hold: {', '.join(names) or 'nothing'}.", allowed=names)


def _known(route: APIRoute) -> frozenset[str]:
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = frozenset(_names(route.dependant))
    return known


def _names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        if getattr(field.field_info, "include_in_schema", True):
            yield field.alias
    for inner in dependant.dependencies:
        yield from _names(inner)
