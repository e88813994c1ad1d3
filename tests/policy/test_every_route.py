"""The policy as people keep it speaks of every route and every role, and says nothing that cannot be."""

import secrets
from collections.abc import Iterable

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from starlette.routing import BaseRoute, Mount

from adapters.settings import Settings
from api.app import create_app
from api.route_table import RouteTable
from api.security import permit
from domain.identity.policy import POLICY
from tests.policy.reading import DENIED, Unsound, every_line, every_role, lines

LINES, ROLES = every_line(), every_role()


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, with all its routes."""
    return create_app(Settings(token_secret=SecretStr(secrets.token_hex())))


def names(routes: Iterable[BaseRoute]) -> set[str]:
    """Return what can be asked, by the names it has in the policy; what is mounted is every file under its path."""
    found = set[str]()
    for context in iter_route_contexts(list(routes)):
        if isinstance(context.original_route, Mount):
            found.add(f"GET {context.path}/{{file}}")
        elif not isinstance(context.original_route, RouteTable):
            found |= {f"{method} {context.path}" for method in context.methods or ("ANY",)}
    return found


planted = APIRouter(prefix="/api/planted")


@planted.get("/everybodys")
@permit("appointments:read")
async def everybodys() -> None:
    """Answers, and nobody has said to whom."""


class TestPolicy:
    @pytest.mark.requirement("R011", "R107")
    def test_speaks_of_every_route_and_of_no_other(self, app: FastAPI) -> None:
        assert names(app.routes) == set(LINES)

    def test_speaks_of_every_role_and_of_no_other(self) -> None:
        assert sorted(ROLES) == sorted(POLICY)
        assert {role for line in LINES.values() for role in line.statuses} <= set(ROLES)

    def test_says_of_every_route_what_somebody_gets(self) -> None:
        assert [line.name for line in LINES.values() if not (line.statuses or line.anonymous)] == []

    @pytest.mark.requirement("R106")
    def test_never_forbids_what_is_another_organisations_but_says_that_it_is_not_there(self) -> None:
        told = {
            f"{line.name} {role}"
            for line in LINES.values()
            for role, (_, _, elsewhere, _) in line.statuses.items()
            if elsewhere == DENIED[0]
        }
        assert told == set()


class TestControl:
    def test_a_route_without_a_line_is_named(self, app: FastAPI) -> None:
        more = [*planted.routes, Mount("/planted", app=FastAPI())]
        assert names([*app.routes, *more]) - set(LINES) == {"GET /api/planted/everybodys", "GET /planted/{file}"}

    def test_what_cannot_be_is_refused(self) -> None:
        for text in (["GET /a", "    200 404  patient"], ["    200  patient"],
                     ["GET /a", "    200  patient", "    404  patient"]):  # fmt: skip
            with pytest.raises(Unsound):
                list(lines(text, {}))

    def test_a_path_with_alternatives_stands_for_each(self) -> None:
        found = list(lines(["@two = a b", "(GET|PUT) /x(|/y)", "    200  @two", "    1 2 3 4  c"], {}))
        assert [line.name for line in found] == ["GET /x", "GET /x/y", "PUT /x", "PUT /x/y"]
        assert found[3].statuses == {"a": (200,) * 4, "b": (200,) * 4, "c": (1, 2, 3, 4)}
