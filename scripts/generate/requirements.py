"""The requirement matrix: each requirement of the specification and the tests that prove it."""

import ast
import csv
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adapters.settings import ROOT
from scripts.generate.markdown import document, table

SPECIFICATION = ROOT.parent / "shared" / "requirements" / "requirements.csv"
PAGE = ROOT / "tests" / "REQUIREMENTS.md"
LONGEST = 140
_SECTION = re.compile(r"^## (.+?) \(\d+ of \d+\)$")
_ROW = re.compile(r"^\| (R\d{3}) \| ((?:[^|\\]|\\.)*) \| ")


class Requirement(NamedTuple):
    """One row of the specification."""

    id: str
    subsystem: str
    text: str


class Mark(NamedTuple):
    """A test that says it proves a requirement."""

    requirement: str
    test: str


def requirements(specification: Path = SPECIFICATION) -> list[Requirement]:
    """The specification, or, in a clone that has none beside it, what the committed page says."""
    if specification.exists():
        with specification.open(newline="") as file:
            return [Requirement(r["id"], r["subsystem"], _short(r["requirement"])) for r in csv.DictReader(file)]
    found, subsystem = [], ""
    for line in PAGE.read_text().splitlines() if PAGE.exists() else []:
        if section := _SECTION.match(line):
            subsystem = section[1]
        elif row := _ROW.match(line):
            found.append(Requirement(row[1], subsystem, row[2].replace("\\|", "|")))
    return found


def marks() -> list[Mark]:
    """Every ``pytest.mark.requirement`` below tests/, found without importing anything."""
    return [
        mark
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for mark in _marks(ast.parse(path.read_text()), path.relative_to(ROOT).as_posix())
    ]


def _marks(tree: ast.AST, path: str) -> Iterator[Mark]:
    """Marks below ``tree``; a mark belongs to the function, class or module it stands at."""
    for node in ast.iter_child_nodes(tree):
        inner = path
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{path}::{node.name}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield Mark(argument.value, path)
        yield from _marks(node, inner)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2].rsplit(' ', 1)[0]} …"


def _tests(tests: list[str]) -> str:
    """Return the tests, grouped by file so that a row stays readable."""
    shown = []
    for path, names in groupby(sorted(set(tests)), key=lambda test: test.partition("::")[0]):
        inside = [name.partition("::")[2] for name in names]
        shown.append(
            f"`{Path(path).relative_to('tests')}`: {', '.join(n.replace('::', ' › ') or 'all' for n in inside)}"
        )
    return "<br>".join(shown)


def page(specification: Path = SPECIFICATION) -> str:
    """Return the matrix, a section per subsystem, in the order of the specification."""
    proofs: dict[str, list[str]] = {}
    for mark in marks():
        proofs.setdefault(mark.requirement, []).append(mark.test)
    every = requirements(specification)
    sections = []
    for subsystem, group in groupby(every, key=lambda requirement: requirement.subsystem):
        rows = [(r.id, r.text, _tests(proofs.get(r.id, []))) for r in group]
        proved = sum(bool(row[2]) for row in rows)
        sections.append(f"## {subsystem} ({proved} of {len(rows)})")
        sections.append(table(["id", "requirement", "proved by"], rows))
    proved = sum(requirement.id in proofs for requirement in every)
    introduction = (
        f"{proved} of {len(every)} requirements have a test that says it proves them"
        ' (`@pytest.mark.requirement("R178")`). An empty cell is a requirement without one.'
    )
    return document("Requirements and their tests", introduction, *sections)
