"""What is dangerous in our packages is found, and so is a rule that was silenced without a word."""

from pathlib import Path

import pytest

from adapters.settings import ROOT
from scripts.supply_chain import code
from scripts.supply_chain.outcome import State


def plant(folder: Path, line: str) -> None:
    package = folder / "domain"
    package.mkdir()
    (package / "x.py").write_text(f"import subprocess\n\n\ndef run(words):\n    {line}\n")


def planted(folder: Path, line: str) -> list[str]:
    plant(folder, line)
    return code.check(folder, ["domain"]).findings


def silenced(folder: Path, how: str) -> list[tuple[str, bool]]:
    plant(folder, f"subprocess.Popen(words, shell=True)  # {how}")
    return list(code.suppressions(folder, ["domain"]))


class TestAWeakCall:
    def test_is_found(self, tmp_path: Path) -> None:
        (found,) = planted(tmp_path, "subprocess.Popen(words, shell=True)")
        assert found.startswith("domain/x.py:5: B602")

    def test_is_not_seen_where_there_is_none(self, tmp_path: Path) -> None:
        assert planted(tmp_path, "subprocess.run([words], check=True)") == []

    def test_is_found_in_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        assert planted(tmp_path, "subprocess.Popen(") != []


class TestASilencedRule:
    @pytest.mark.parametrize("how", ["nosec", "nosec B602", "noqa: S602", "noqa: E501, S602", "noqa: S602,E501"])
    def test_is_found_without_its_code_or_a_reason(self, tmp_path: Path, how: str) -> None:
        assert silenced(tmp_path, how) == [("domain/x.py:5", False)]

    @pytest.mark.parametrize("how", ["nosec B602 - a constant", "noqa: S602 - a constant", "noqa: S602  # a constant"])
    def test_may_stand_with_both(self, tmp_path: Path, how: str) -> None:
        assert silenced(tmp_path, how) == [("domain/x.py:5", True)]

    def test_is_a_finding_of_the_check(self, tmp_path: Path) -> None:
        found = planted(tmp_path, "subprocess.Popen(words, shell=True)  # nosec")
        assert found == ["domain/x.py:5: silences a rule without its code and a reason"]

    def test_stands_nowhere_in_our_packages_without_both(self) -> None:
        places = list(code.suppressions(ROOT, code.PACKAGES))
        assert [place for place, sound in places if not sound] == []
        assert places != []


@pytest.mark.long
class TestOurPackages:
    def test_hold_nothing_that_bandit_knows(self) -> None:
        assert code.check().state is State.PASSED
