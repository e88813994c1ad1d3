"""Nothing grows past the size at which it is still read in one go."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.settings import ROOT
from tests.house.tree import modules

MODULE, AGGREGATE, FUNCTION, ROUTE, DOCSTRING = 300, 200, 40, 15, 3

#: ``path`` or ``path::function`` that may be longer, with the reason. An entry that is no longer needed fails too.
EXCEPTIONS: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _lines(node: Function) -> int:
    """Own lines from ``def`` to the end: what is defined inside is counted there, not here."""
    inner = [child for child in ast.walk(node) if isinstance(child, Function) and child is not node]
    inside: set[int] = set()
    for child in inner:
        inside.update(range(child.lineno, (child.end_lineno or child.lineno) + 1))
    return (node.end_lineno or node.lineno) - node.lineno + 1 - len(inside)


def _body_lines(node: Function) -> int:
    """Lines after signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _is_route(node: Function) -> bool:
    return any("router." in ast.unparse(decorator) for decorator in node.decorator_list)


def _is_aggregate(tree: ast.Module) -> bool:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return any(ast.unparse(base) == "Aggregate" for node in classes for base in node.bases)


def _too_long(path: str, source: str) -> set[str]:
    tree = ast.parse(source)
    longest = AGGREGATE if path.startswith("domain/") and _is_aggregate(tree) else MODULE
    found = {path} if len(source.splitlines()) > longest else set()
    if len((ast.get_docstring(tree) or "").splitlines()) > DOCSTRING:
        found.add(f"{path}::docstring")
    for node in _functions(tree):
        if _lines(node) > FUNCTION or (path.startswith("api/") and _is_route(node) and _body_lines(node) > ROUTE):
            found.add(f"{path}::{node.name}")
    return found


class TestSizes:
    def test_stay_within_the_limits_of_the_house(self) -> None:
        found = {name for path in modules() for name in _too_long(path.as_posix(), (ROOT / path).read_text())}
        assert found == set(EXCEPTIONS)

    def test_every_module_says_in_its_first_docstring_why_it_exists(self) -> None:
        trees = {str(path): ast.parse((ROOT / path).read_text()) for path in modules()}
        assert [path for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []

    @pytest.mark.parametrize(
        ("path", "source", "found"),
        [
            ("adapters/x.py", "a = 1\n" * 301, "adapters/x.py"),
            ("domain/c/x.py", "class A(Aggregate): ...\n" + "a = 1\n" * 200, "domain/c/x.py"),
            ("adapters/x.py", "def f():\n" + "    a = 1\n" * 40, "adapters/x.py::f"),
            ("api/c/x.py", "@router.get('/')\ndef f():\n    'Why.'\n" + "    a = 1\n" * 16, "api/c/x.py::f"),
            ("adapters/x.py", "'''a\nb\nc\nd\n'''\n", "adapters/x.py::docstring"),
        ],
    )
    def test_would_be_caught_if_they_did_not(self, path: str, source: str, found: str) -> None:
        assert _too_long(path, source) == {found}

    def test_exceptions_name_files_that_are_there(self) -> None:
        assert all((ROOT / Path(name.partition("::")[0])).exists() for name in EXCEPTIONS)
