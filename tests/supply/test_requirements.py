"""A requirement without a digest, or from a named place, is found, and nothing is installed from it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.settings import ROOT
from scripts.supply_chain import requirements
from scripts.supply_chain.requirements import EVERYTHING, SHIPPED, faults

PIN = f"x==1 \\\n    --hash=sha256:{'0' * 64}\n    # via caretrail\n"


class TestARequirement:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("x==1\n", "line 1: no pin, digest or reason: x==1"),
            ("x>=1 \\\n    --hash=sha256:" + "0" * 64, "line 1: no pin, digest or reason: x>=1 \\"),
            ("x==1 \\\n    # via y\n" + PIN.replace("x", "z"), "x 1 has no digest"),
            (PIN.replace("sha256:", "md5:"), "x 1 has no digest"),
            ("--index-" + "url https://example.org\n", "line 1: no pin, digest or reason: --index-" + "url https"),
            ("x @ https://example.org/x.whl\n", "line 1: no pin, digest or reason: x @ https"),
            ("-e .\n", "line 1: no pin, digest or reason: -e ."),
        ],
    )
    def test_that_is_not_pinned_to_its_files_is_found(self, text: str, found: str) -> None:
        assert found in faults(text)

    def test_that_is_pinned_passes(self) -> None:
        assert faults(PIN + PIN.replace("x==1", "y==2 ; python_version < '3.12'")) == []

    def test_that_is_another_one_in_the_other_file_is_found(self, tmp_path: Path) -> None:
        (tmp_path / SHIPPED).write_text(PIN)
        (tmp_path / EVERYTHING).write_text(PIN.replace("x==1", "x==2"))
        assert requirements.check(tmp_path).findings == [f"x is another one in {EVERYTHING}"]


class TestInstalling:
    def test_is_refused_for_what_has_no_digest(self, tmp_path: Path) -> None:
        (tmp_path / "scripts").mkdir()
        for name in ("_venv.sh", "test"):
            shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts" / name)
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
        (tmp_path / EVERYTHING).write_text("pytest==9.0.0\n")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # finds uv, which needs no network here
        done = subprocess.run(
            [str(tmp_path / "scripts" / "test")], env={**os.environ, "PATH": path, "UV_OFFLINE": "1"}, cwd=tmp_path,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode != 0
        assert "hash" in done.stderr.lower()
        assert not (tmp_path / ".venv" / ".caretrail-stamp").exists()

    def test_takes_nothing_without_digests_anywhere_in_our_scripts(self) -> None:
        lines = [line.strip() for line in (ROOT / "scripts" / "_venv.sh").read_text().splitlines()]
        installs = [line for line in lines if line.startswith("install ")]
        assert installs == [
            f"install --no-deps --require-hashes -r {EVERYTHING}",
            "install --no-deps --no-build-isolation --editable .",  # ourselves
        ]
