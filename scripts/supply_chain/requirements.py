"""Whether all that is installed is pinned to one version and to the digests of its files, from no named place."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, concluded

SHIPPED, EVERYTHING = "requirements.txt", "requirements-dev.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$")
HASH = re.compile(r"^    --hash=(sha256:[0-9a-f]{64})( \\)?$")
REASON = re.compile(r"^    # .*$")


def pins(text: str) -> dict[str, list[str]]:
    """Return the pinned versions of every package (several where markers tell them apart)."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if pin := PIN.match(line):
            found.setdefault(canonicalize_name(pin[1]), []).append(pin[2])
    return found


def pinned(name: str, folder: Path = ROOT) -> dict[str, list[str]]:
    """As :func:`pins`, of a requirement file."""
    return pins((folder / name).read_text())


def digests(text: str) -> dict[tuple[str, str], list[str]]:
    """Return the digests of the files that a package and version may be installed from."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, version, block in _blocks(text):
        found[name, version] = [hit[1].removeprefix("sha256:") for line in block if (hit := HASH.match(line))]
    return found


def faults(text: str) -> list[str]:
    """Return the lines that are no pin, digest or reason, and the packages without a digest."""
    strange = [
        f"line {number}: no pin, digest or reason: {line.split('://')[0].strip()}"  # never the address itself
        for number, line in enumerate(text.splitlines(), 1)
        if not (PIN.match(line) or HASH.match(line) or REASON.match(line))
    ]
    bare = [f"{name} {version} has no digest" for (name, version), found in digests(text).items() if not found]
    return strange + bare


def check(folder: Path = ROOT) -> Outcome:
    """Hold both requirement files against the form, and one against the other."""
    texts: Mapping[str, str] = {name: (folder / name).read_text() for name in (SHIPPED, EVERYTHING)}
    findings = [f"{name}: {fault}" for name, text in texts.items() for fault in faults(text)]
    shipped, everything = pins(texts[SHIPPED]), pins(texts[EVERYTHING])
    findings += [f"{name} is another one in {EVERYTHING}" for name in shipped if everything.get(name) != shipped[name]]
    said = f"{len(shipped)} packages shipped, {len(everything)} with those of development, each by digest"
    return concluded(findings, said, shipped=len(shipped), everything=len(everything))


def _blocks(text: str) -> Iterator[tuple[str, str, list[str]]]:
    name, version, block = "", "", list[str]()
    for line in text.splitlines():
        if pin := PIN.match(line):
            if name:
                yield name, version, block
            name, version, block = canonicalize_name(pin[1]), pin[2], []
        else:
            block.append(line)
    if name:
        yield name, version, block
