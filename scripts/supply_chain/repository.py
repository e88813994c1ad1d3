"""Whether a secret lies in a file of the repository. What only looks like one stands, readable and with its reason,
in ``no_secrets.toml``; a comment in the file itself silences nothing."""

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, ToolFailed, concluded, tool

HARMLESS = "scripts/supply_chain/no_secrets.toml"
_SCAN = (
    "detect_secrets",
    "scan",
    "--no-verify",
    "--disable-filter",
    "detect_secrets.filters.allowlist.is_line_allowlisted",
)


def check(folder: Path = ROOT) -> Outcome:
    """Scan every file that git knows or would take."""
    names = files(folder)
    findings = faults(scanned(folder, names), harmless(folder))
    return concluded(findings, f"{len(names)} files scanned", files=len(names))


def files(folder: Path) -> list[str]:
    """Return every file that is committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (folder / name).is_file()]


def scanned(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what looks like a secret: file, line, kind and a digest, never the value."""
    if not names:
        return []
    done = tool(*_SCAN, *names, folder=folder)
    if done.returncode:
        raise ToolFailed("detect-secrets", done)
    return [hit for hits in json.loads(done.stdout)["results"].values() for hit in hits]


def harmless(folder: Path) -> dict[str, str]:
    """Return the values that are no secrets, by digest, with the value."""
    path = folder / HARMLESS
    groups = tomllib.loads(path.read_text())["harmless"] if path.exists() else []
    return {_digest(value): value for group in groups if group["why"].strip() for value in group["values"]}


def faults(hits: Sequence[Mapping[str, Any]], known: Mapping[str, str]) -> list[str]:
    """Return what looks like a secret and is not known to be none, and what is listed and found nowhere else."""
    strange = [
        f"{hit['filename']}:{hit['line_number']}: {hit['type']}" for hit in hits if hit["hashed_secret"] not in known
    ]
    met = {hit["hashed_secret"] for hit in hits if hit["filename"] != HARMLESS}
    stale = [f"{HARMLESS}: {value!r} is found nowhere" for digest, value in known.items() if digest not in met]
    return strange + stale


def _digest(value: str) -> str:
    return sha1(value.encode(), usedforsecurity=False).hexdigest()  # as detect-secrets names what it found
