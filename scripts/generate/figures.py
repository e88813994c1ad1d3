"""The last figures of every bench that were kept, each with what it depends on: file, page and chart share this."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from adapters.settings import ROOT

KEPT = ROOT / "scripts" / "benches" / "figures.json"


class Goal(NamedTuple):
    """One figure beside its target."""

    bench: str
    name: str
    found: float
    target: float
    at_most: bool

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.found <= self.target if self.at_most else self.found >= self.target

    @property
    def times(self) -> float:
        """How far beyond the target it is: 1 is just there, 2 twice as good, 0.5 half as good."""
        over, under = (self.target, self.found) if self.at_most else (self.found, self.target)
        return over / under if under else 1.0


def kept(path: Path = KEPT) -> dict[str, dict[str, Any]]:
    """Return what was kept, by bench; nothing when nothing was."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def keep(results: list[dict[str, Any]], commit: str, path: Path = KEPT) -> None:
    """Put these results in the place of earlier ones of the same benches."""
    measured = {"measured_at": datetime.now(UTC).isoformat(timespec="minutes"), "commit": commit}
    new = kept(path) | {result["bench"]: measured | result for result in results}
    path.write_text(json.dumps(dict(sorted(new.items())), indent=1, default=str) + "\n")


def goals(result: dict[str, Any]) -> list[Goal]:
    """Return the figures of a bench that have a target to be shown against; a count that must be 0 has none."""
    found = []
    for name, told in result["targets"].items():
        sign, target = told.split()
        found.append(Goal(result["bench"], name, float(result["ratios"][name]), float(target), sign == "<="))
    return found
