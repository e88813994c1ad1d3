"""A secret in a file is found; only what stands on the list with a reason is not taken for one."""

import subprocess
from pathlib import Path

import pytest

from scripts.supply_chain import repository
from scripts.supply_chain.outcome import State

# Put together here, so that this file holds none.
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n"
CLOUD = "AKIA" + "Z7QXW3VTPL5R2MDK"
WORD = "zq8" + "-Violet-Harbour-71"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "scripts" / "supply_chain").mkdir(parents=True)
    (tmp_path / repository.HARMLESS).write_text("harmless = []\n")
    (tmp_path / "plain.py").write_text("greeting = 'hello'\n")
    return tmp_path


def listed(repo: Path, value: str, why: str) -> None:
    (repo / repository.HARMLESS).write_text(f"[[harmless]]\nwhy = '{why}'\nvalues = ['{value}']\n")


@pytest.mark.requirement("R332")
@pytest.mark.requirement("R536")
class TestASecretInAFile:
    def test_is_found_with_its_place_and_without_its_value(self, repo: Path) -> None:
        (repo / "committed.py").write_text(f'password = "{WORD}"\n')
        subprocess.run(["git", "add", "--all"], cwd=repo, check=True)
        (repo / "about_to_be.pem").write_text(KEY)
        (repo / "cloud.yaml").write_text(f"a: 1\nid: {CLOUD}\n")
        assert sorted(repository.check(repo).findings) == [
            "about_to_be.pem:1: Private Key",
            "cloud.yaml:2: AWS Access Key",
            "committed.py:1: Secret Keyword",
        ]

    def test_is_found_though_the_line_says_it_is_none(self, repo: Path) -> None:
        (repo / "x.py").write_text(f'password = "{WORD}"  # pragma: allowlist ' + "secret\n")
        assert repository.check(repo).findings == ["x.py:1: Secret Keyword"]

    def test_is_none_when_the_list_says_why(self, repo: Path) -> None:
        (repo / "x.py").write_text(f'password = "{WORD}"\n')
        listed(repo, WORD, "of a made-up person")
        assert repository.check(repo).state is State.PASSED

    def test_is_one_when_the_list_gives_no_reason(self, repo: Path) -> None:
        (repo / "x.py").write_text(f'password = "{WORD}"\n')
        listed(repo, WORD, " ")
        assert repository.check(repo).findings == ["x.py:1: Secret Keyword"]

    def test_does_not_stay_on_the_list_when_it_is_gone(self, repo: Path) -> None:
        listed(repo, WORD, "of a made-up person")
        assert repository.check(repo).findings == [f"{repository.HARMLESS}: {WORD!r} is found nowhere"]


@pytest.mark.long
@pytest.mark.requirement("R536")
class TestThisRepository:
    def test_holds_no_secret(self) -> None:
        assert repository.check().findings == []
