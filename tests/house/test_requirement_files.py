"""What is installed is pinned by hash, is what pyproject.toml asks for, and names no place it comes from."""

import json
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from adapters.settings import ROOT
from scripts.supply_chain import requirements
from scripts.supply_chain.requirements import pinned as pins


def asked(*, development: bool) -> list[Requirement]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = settings["project"]["dependencies"] + (settings["dependency-groups"]["dev"] if development else [])
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize(("name", "development"), [("requirements.txt", False), ("requirements-dev.txt", True)])
class TestRequirementFile:
    def test_holds_nothing_but_pins_hashes_and_reasons_with_a_hash_for_each(self, name: str, development: bool) -> None:
        assert requirements.faults((ROOT / name).read_text()) == []

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


class TestNodeCounterparts:
    def test_are_pinned_by_digest_and_name_no_place(self) -> None:
        lock = json.loads((ROOT / "tests/federation/counterparts/package-lock.json").read_text())
        packages = {name: package for name, package in lock["packages"].items() if name}
        assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
        assert [name for name, package in packages.items() if "resolved" in package] == []
