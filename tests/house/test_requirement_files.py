"""What is installed is pinned by hash, is what pyproject.toml asks for, and names no place it comes from."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from adapters.settings import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$")


def pins(name: str) -> dict[str, list[str]]:
    """Return the pinned versions of every package of a requirement file (several where markers tell them apart)."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if pin := PIN.match(line):
            found.setdefault(canonicalize_name(pin[1]), []).append(pin[2])
    return found


def asked(*, development: bool) -> list[Requirement]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = settings["project"]["dependencies"] + (settings["dependency-groups"]["dev"] if development else [])
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize(("name", "development"), [("requirements.txt", False), ("requirements-dev.txt", True)])
class TestRequirementFile:
    def test_holds_nothing_but_pins_hashes_and_reasons(self, name: str, development: bool) -> None:
        lines = (ROOT / name).read_text().splitlines()
        known = re.compile(r"^    (--hash=sha256:[0-9a-f]{64}( \\)?|# .*)$")
        assert [line for line in lines if not PIN.match(line) and not known.match(line)] == []

    def test_gives_every_package_a_hash(self, name: str, development: bool) -> None:
        text = (ROOT / name).read_text()
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []

    def test_satisfies_what_the_project_asks_for(self, name: str, development: bool) -> None:
        pinned = pins(name)
        wrong = [
            str(wanted)
            for wanted in asked(development=development)
            if not any(wanted.specifier.contains(v) for v in pinned.get(canonicalize_name(wanted.name), []))
        ]
        assert wrong == [], "run ./scripts/lock"

    def test_pins_what_the_pinned_packages_need(self, name: str, development: bool) -> None:
        pinned, missing = pins(name), []
        for package in pinned:
            try:
                needs = distribution(package).requires or []
            except PackageNotFoundError:
                continue  # pinned for another platform
            for line in needs:
                need = Requirement(line)
                here = need.marker is None or need.marker.evaluate({"extra": ""})
                if here and canonicalize_name(need.name) not in pinned:
                    missing.append(f"{package} needs {need}")
        assert missing == []


class TestDevelopmentFile:
    def test_installs_the_same_versions_as_the_other(self) -> None:
        everything = pins("requirements-dev.txt")
        assert {name: everything.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")
