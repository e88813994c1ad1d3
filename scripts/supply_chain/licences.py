"""Under which licences we stand: what is permissive is on a list, the rest is named, each with its reason."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from packaging.utils import canonicalize_name

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, ToolFailed, concluded, tool
from scripts.supply_chain.requirements import EVERYTHING, SHIPPED, pinned

_BETWEEN = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()]")


class Rules(NamedTuple):
    """What pyproject.toml says: names of licences, and packages with their licence and the reason they may stay."""

    allowed: frozenset[str]
    named: Mapping[str, Mapping[str, str]]


def rules() -> Rules:
    """Read the rules."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["caretrail"]["licences"]
    return Rules(frozenset(said["allowed"]), said["named"])


def installed() -> dict[str, str]:
    """Return the licence that each installed package names."""
    done = tool("piplicenses", "--format=json", "--from=mixed", "--with-system")
    if done.returncode:
        raise ToolFailed("pip-licenses", done)
    return {canonicalize_name(row["Name"]): row["License"] for row in json.loads(done.stdout)}


def faults(found: Mapping[str, str], rules: Rules) -> list[str]:
    """Return packages whose licence nobody allowed, and names that are no longer needed or no longer right."""
    strange = [
        f"{name} is under {licence}"
        for name, licence in sorted(found.items())
        if name not in rules.named and not _permissive(licence, rules.allowed)
    ]
    changed = [
        f"{name} is named as {entry['licence']}, and is under {found[name]}"
        for name, entry in rules.named.items()
        if name in found and found[name] != entry["licence"]
    ]
    stale = [f"{name} is named and not installed" for name in rules.named if name not in found]
    silent = [f"{name} is named without a reason" for name, entry in rules.named.items() if not entry["why"].strip()]
    return strange + changed + stale + silent


def check() -> Outcome:
    """Hold what is installed against the rules."""
    allowed, found, shipped = rules(), installed(), pinned(SHIPPED)
    elsewhere = sorted(set(pinned(EVERYTHING)) - set(found))
    named = {name: {"shipped": name in shipped, **entry} for name, entry in allowed.named.items()}
    said = f"{len(found)} packages under permissive licences, but {len(named)} that are named with their reason"
    listed = {name: {"licence": licence, "shipped": name in shipped} for name, licence in sorted(found.items())}
    counts = dict(Counter(found.values()).most_common())
    return concluded(
        faults(found, allowed), said, named=named, counts=counts, packages=listed, only_elsewhere=elsewhere
    )


def _permissive(licence: str, allowed: frozenset[str]) -> bool:
    """Whether every licence that is spoken of is allowed: where one may choose, both have to be."""
    names = [name.strip() for name in licence.split(";")]
    return all(name in allowed or _each(name) <= allowed for name in names)


def _each(expression: str) -> set[str]:
    """The licences an SPDX expression speaks of; an empty one speaks of none that could be allowed."""
    return {atom.strip() for atom in _BETWEEN.split(expression) if atom.strip()} or {expression}
