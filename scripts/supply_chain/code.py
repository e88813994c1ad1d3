"""Whether our packages do what is known to be dangerous; and that whoever silences a rule says which and why."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, ToolFailed, concluded, tool

PACKAGES = ("domain", "application", "projections", "adapters", "api", "scripts")
SILENCED = re.compile(r"#\s*(?P<how>noqa(?=:\s*(?:[A-Z]+\d+[,\s]+)*S\d)|nosec)\b:?(?P<rest>.*)$")
#: What follows: codes, then a reason set off by a dash or a second comment.
REASONED = re.compile(r"^\s*[A-Z]+\d{3,}(?:[,\s]+[A-Z]+\d{3,})*\s*(?:-|—|#)\s*\S+")


def check(folder: Path = ROOT, packages: Sequence[str] = PACKAGES) -> Outcome:
    """Run bandit as pyproject.toml configures it, and read every suppression."""
    done = tool(
        "bandit", "--quiet", "--recursive", "--format", "json", "--configfile", str(ROOT / "pyproject.toml"), *packages,
        folder=folder,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise ToolFailed("bandit", done)
    found = json.loads(done.stdout)
    findings = [
        f"{hit['filename']}:{hit['line_number']}: {hit['test_id']} {hit['issue_text']}" for hit in found["results"]
    ]
    findings += [f"{error['filename']}: {error['reason']}" for error in found["errors"]]
    silenced = list(suppressions(folder, packages))
    findings += [f"{place}: silences a rule without its code and a reason" for place, sound in silenced if not sound]
    lines = found["metrics"]["_totals"]["loc"]
    return concluded(findings, f"{lines} lines read, {len(silenced)} suppressions, each with a reason", lines=lines)


def suppressions(folder: Path, packages: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield where a rule of security is silenced, and whether it says which and why."""
    for package in packages:
        for path in sorted((folder / package).rglob("*.py")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if hit := SILENCED.search(line):
                    yield f"{path.relative_to(folder)}:{number}", bool(REASONED.match(hit["rest"]))
