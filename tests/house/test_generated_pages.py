"""The generated pages say what the code says, and what they are made from is complete."""

import ast
from importlib import import_module

import pytest
from pydantic import SecretStr

from adapters.settings import ROOT, Settings
from api.app import create_app
from domain.catalogue import EVENTS
from scripts.generate import requirements, routes
from scripts.generate.__main__ import PAGES


class TestPages:
    @pytest.mark.parametrize(("page", "module"), PAGES.items())
    def test_are_fresh(self, page: str, module: str) -> None:
        made = import_module(module).page()
        fresh = (ROOT / page).read_text() == made
        assert fresh, f"{page} is stale: run `python -m scripts.generate`"

    def test_name_every_event_there_is(self) -> None:
        text = (ROOT / "domain" / "EVENTS.md").read_text()
        assert [topic for topic in EVENTS if f"`{topic}`" not in text] == []


#: Kept by hand: a route that looks at no token is added here, or not at all.
ANONYMOUS = {
    f"/api/auth/{name}"
    for name in (
        "register",
        "login",
        "refresh",
        "forgot-password",
        "reset-password",
        "otp/request",
        "otp/verify",
        "providers",
        "providers/{name}/authorize",
        "callback",
        "callback/second-factor",
    )
} | {
    "/api/invitations/view",
    "/api/invitations/decline",
    "/api/webhooks/identity/{name}",  # by the provider's signature
    "/api/healthcheck",
    "/api/health/{service}",
}


class TestRoutes:
    def test_are_all_seen(self) -> None:
        seen = {route.path for route in routes.answered()}
        assert seen >= set(create_app(Settings(token_secret=SecretStr("only to build the routes"))).openapi()["paths"])

    @pytest.mark.requirement("R011")
    def test_under_api_name_a_permission_each_but_those_known_to_be_for_people_not_signed_in(self) -> None:
        everything = list(routes.answered())
        assert len(everything) > 1
        open_to_all = {route.path for route in everything if route.path.startswith("/api") and route.permission is None}
        assert open_to_all == ANONYMOUS


class TestRequirementMatrix:
    def test_knows_every_requirement_that_a_test_claims_to_prove(self) -> None:
        known = {requirement.id for requirement in requirements.requirements()}
        assert known
        assert [mark for mark in requirements.marks() if mark.requirement not in known] == []

    def test_is_the_same_in_a_clone_that_has_no_specification_beside_it(self) -> None:
        nowhere = ROOT / "nowhere.csv"
        assert requirements.requirements(nowhere) == requirements.requirements()
        assert requirements.page(nowhere) == requirements.page()

    def test_finds_marks_on_functions_classes_and_modules(self) -> None:
        source = (
            "pytestmark = pytest.mark.requirement('R001')\n"
            "@pytest.mark.requirement('R002', 'R003')\nclass TestA:\n"
            "    @pytest.mark.requirement('R004')\n    def test_b(self): ...\n"
        )
        assert sorted(map(tuple, requirements._marks(ast.parse(source), "tests/test_x.py"))) == [
            ("R001", "tests/test_x.py"),
            ("R002", "tests/test_x.py::TestA"),
            ("R003", "tests/test_x.py::TestA"),
            ("R004", "tests/test_x.py::TestA::test_b"),
        ]
