"""The table finds what trying every route in turn would find, so that a request's way does not grow with the routes."""

import re

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

from api.route_table import ROUTE, RouteTable
from tests.api.house import Ground


def asked(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def found(table: RouteTable, method: str, path: str) -> APIRoute | None:
    match, scope = table.matches(asked(method, path))
    return scope[ROUTE] if match is Match.FULL else None


@pytest.fixture(scope="module")
def routes(ground: Ground) -> list[APIRoute]:
    contexts = iter_route_contexts(ground.app.routes)
    return [c.original_route for c in contexts if isinstance(c.original_route, APIRoute)]


class TestRouteTable:
    def test_finds_for_every_path_the_route_that_trying_in_turn_finds(self, routes: list[APIRoute]) -> None:
        table = RouteTable(routes)
        assert len(routes) > 100
        for route in routes:
            path = re.sub(r"{[^}]+}", "0198c0de-0000-7000-8000-000000000001", route.path)
            for method in route.methods or ():
                first = next(r for r in routes if r.matches(asked(method, path))[0] is Match.FULL)
                assert found(table, method, path) is first, (method, path)

    def test_prefers_a_fixed_word_to_a_parameter_whichever_was_declared_first(self) -> None:
        router = APIRouter()

        @router.get("/api/things/{thing_id}")
        async def one() -> None: ...

        @router.get("/api/things/newest")
        async def newest() -> None: ...

        table = RouteTable(router.routes)
        chosen = [found(table, "GET", path) for path in ("/api/things/newest", "/api/things/7")]
        assert [route.endpoint for route in chosen if route] == [newest, one]

    @pytest.mark.parametrize(
        ("method", "path"),
        [("PATCH", "/api/appointments"), ("GET", "/api"), ("GET", "/"), ("GET", "//api//"), ("GET", "")],
    )
    def test_leaves_to_the_router_what_no_route_answers(self, method: str, path: str, routes: list[APIRoute]) -> None:
        assert found(RouteTable(routes), method, path) is None
