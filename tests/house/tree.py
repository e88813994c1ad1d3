"""What belongs to the repository: the files git knows, or would take."""

import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from adapters.settings import ROOT


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    """Every file that is committed or about to be, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout: there is no telling which files belong to it")
    return tuple(path for name in listed.split("\0") if name and (ROOT / (path := Path(name))).is_file())


def modules() -> list[Path]:
    """Every Python module."""
    return [path for path in files() if path.suffix == ".py"]
