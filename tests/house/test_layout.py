"""The top level is the plan's, and no file says on which machine or from which registry it came."""

import ast
import re

from adapters.settings import ROOT
from tests.house.tree import files

TOP = {
    *("domain", "application", "projections", "adapters", "api", "tests", "scripts"),
    *("pyproject.toml", "README.md", "LICENSE", "requirements.txt", "requirements-dev.txt"),
}
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|root|opt|home|Users)/\w")
REGISTRY = re.compile(r"pypi\.|pythonhosted|npmjs|--(?:extra-)?index-url|--find-links|://[^/\s]*/simple\b")


class TestTopLevel:
    def test_holds_exactly_the_layers_and_the_conventional_files(self) -> None:
        top = {path.parts[0] for path in files()}
        assert {name for name in top if not name.startswith(".")} == TOP

    def test_is_made_of_packages_that_hold_no_logic(self) -> None:
        logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.With)
        found = [
            f"{path}:{node.lineno}"
            for path in files()
            if path.name == "__init__.py"
            for node in ast.parse((ROOT / path).read_text()).body
            if isinstance(node, logic)
        ]
        assert found == []


class TestText:
    def test_names_no_machine_and_no_registry(self) -> None:
        found = []
        for path in files():
            try:
                text = (ROOT / path).read_text()
            except UnicodeDecodeError:
                continue
            if path.parts[:2] == ("tests", "house") and path.name == "test_layout.py":
                continue
            found += [f"{path}: {hit[0]}" for rule in (MACHINE_PATH, REGISTRY) for hit in rule.finditer(text)]
        assert found == []

    def test_would_be_caught_if_it_did(self) -> None:
        assert MACHINE_PATH.search('open("/root/x")')
        assert REGISTRY.search("--index-url https://example.org/simple")
        assert not MACHINE_PATH.search("GET /api/home/visits and ./scripts/root/x")
