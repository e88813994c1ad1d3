"""Secrets that are made once and kept in a file that nobody else can read."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept_secret(path: Path) -> bytes:
    """Return the 64 hex digits in ``path``, readable by its owner only; made at random the first time."""
    return kept(path, lambda: secrets.token_hex(32)).encode()


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return what is in ``path``, readable by its owner only; made the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            path.hardlink_to(made)  # of several processes that begin at once, the first wins
        os.unlink(made)
    return path.read_text().strip()
