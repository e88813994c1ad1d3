"""Finds a request's route by its method and the words of its path, not by trying every route there is in turn."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

ROUTE, FOUND = "caretrail.route", "caretrail.found"
WORDS = 3
Shape = tuple[str, int, tuple[str, ...]]


class RouteTable(BaseRoute):
    """Stands before the routes it knows and answers for those that match whole; the rest (not found, wrong method)
    falls through to them. A route is known by its method, the number of its words and the first of them, up to three,
    that are fixed; routes whose words are more fixed come first, then those declared first."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes: dict[Shape, list[APIRoute]] = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute) and ":path}" not in route.path:
                words = route.path.split("/")[1:]
                fixed = next((n for n, word in enumerate(words[:WORDS]) if "{" in word), min(WORDS, len(words)))
                for method in route.methods or ():
                    self._routes[(method, len(words), tuple(words[:fixed]))].append(route)

    def find(self, scope: Scope) -> tuple[APIRoute, Scope] | None:
        """Return the route that matches whole, if there is one, and what it read from the path; looked for once."""
        known = scope.get(FOUND)
        if known is None or known[0] is not self:
            known = scope[FOUND] = (self, self._look(scope))
        found: tuple[APIRoute, Scope] | None = known[1]
        return found

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say the same as the router asks it."""
        found = self.find(scope) if scope["type"] == "http" else None
        return (Match.FULL, {**found[1], ROUTE: found[0]}) if found else (Match.NONE, {})

    def allowed(self, scope: Scope) -> list[str]:
        """Return the methods a path takes: the router itself names those of one route only."""
        methods = sorted({method for method, _, _ in self._routes})
        return [method for method in methods if self._look({**scope, "method": method})]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route found answer."""
        await scope[ROUTE].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> str:  # type: ignore[override]
        """Know no names: the routes themselves do."""
        raise NoMatchFound(name, dict(path_params))

    def _look(self, scope: Scope) -> tuple[APIRoute, Scope] | None:
        words = scope["path"].split("/")[1:]
        method, count = scope["method"], len(words)
        for fixed in range(min(WORDS, count), -1, -1):
            for route in self._routes.get((method, count, tuple(words[:fixed])), ()):
                match, read = route.matches(scope)
                if match is Match.FULL:
                    return route, dict(read)
        return None
