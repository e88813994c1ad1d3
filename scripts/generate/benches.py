"""The page of figures: what each bench found when it was last kept, against its targets, and what that depends on."""

from collections.abc import Mapping
from typing import Any

from scripts.generate.figures import goals, kept
from scripts.generate.markdown import document, table

INTRODUCTION = (
    "Each bench measures all that it compares in one run, round by round in turn; the median of the rounds counts. What"
    " is compared with is named by the figure: `over_stock` is ours over the stock library's. `./scripts/bench NAME"
    " --keep` measures anew and puts the figures here; `./scripts/bench all --keep` all of them."
)
CHART = "![How far beyond its target each figure is](benches.svg)"


def page() -> str:
    """Return the page, a chapter for each bench."""
    found = kept()
    parts = [part for result in found.values() for part in _chapter(result)]
    return document("Figures", INTRODUCTION, CHART, *parts)


def _chapter(result: dict[str, Any]) -> list[str]:
    aims = {goal.name: goal for goal in goals(result)}
    rows = [
        (
            f"`{name}`",
            f"{value:,}",
            result["targets"].get(name, ""),
            _verdict(aims[name].reached) if name in aims else "",
        )
        for name, value in result["ratios"].items()
    ]
    sides = [(f"`{name}`", value) for name, value in _flat(result["sides"])]
    return [
        f"## {result['bench']}",
        f"Measured {result['measured_at']} at `{result['commit']}`. {_circumstances(result['settings'])}",
        table(["figure", "found", "target", ""], rows),
        f"<details><summary>All that was measured</summary>\n\n{table(['side', 'figure'], sides)}\n\n</details>",
    ]


def _verdict(reached: bool) -> str:
    return "reached" if reached else "**missed**"


def _flat(sides: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return nested figures as lines, names joined by dots."""
    lines = []
    for name, value in sides.items():
        if isinstance(value, Mapping):
            lines += _flat(value, f"{before}{name}.")
        else:
            lines.append((f"{before}{name}", f"{value:,}" if isinstance(value, int | float) else str(value)))
    return lines


def _circumstances(settings: Mapping[str, Any]) -> str:
    own = dict(settings)
    server = own.pop("postgresql")
    packages = ", ".join(f"{name} {version}" for name, version in own.pop("packages").items())
    guarantees = ", ".join(f"{name} {value}" for name, value in server.items() if name != "server_version")
    rest = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in own.items() if name not in ("python",))
    return f"PostgreSQL {server['server_version']} ({guarantees}); Python {own['python']}; {packages}; {rest}."
