"""The layers hold, and each rule is able to fail: one planted import per contract is caught."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from adapters.settings import ROOT

LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
LAYERS = ("domain", "application", "projections", "adapters", "api", "scripts")
PLANTED = {
    "adapters/planted.py": "import api\nimport redis",
    "api/planted.py": "import adapters.settings",
    "domain/planted_one/__init__.py": "import domain.planted_two\nimport os",
    "domain/planted_two/__init__.py": "",
    "application/planted_one/__init__.py": (
        "import application.planted_two\nimport domain.planted_two\nimport fastapi\nimport stripe\nimport psycopg"
    ),
    "application/planted_two/__init__.py": "",
    "projections/planted_one/__init__.py": "import projections.planted_two",
    "projections/planted_two/__init__.py": "",
}


def lint(folder: Path) -> str:
    """Run the import rules of ``folder`` and return what they say."""
    done = subprocess.run([sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


class TestImportRules:
    @pytest.mark.requirement("R023", "R455")
    def test_hold_in_every_module(self) -> None:
        said = lint(ROOT)
        assert "0 broken" in said, said

    @pytest.mark.requirement("R455")
    def test_each_catches_an_import_that_breaks_it(self, tmp_path: Path) -> None:
        for layer in LAYERS:
            shutil.copytree(ROOT / layer, tmp_path / layer, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        for name, source in PLANTED.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(source + "\n")

        said = " ".join(lint(tmp_path).split())

        assert [name for name in contracts() if f"{name} BROKEN" not in said] == []
