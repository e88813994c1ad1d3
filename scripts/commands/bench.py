"""Runs the measurements."""

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, fail, manual, out

app = commands()
BENCHES = ("append", "project", "replay", "visible", "http", "account", "verify", "tokens", "email", "cache",
           "mixed", "depth", "processes")  # fmt: skip


@app.command(
    epilog=manual(
        "caretrail bench append --json",
        "caretrail bench all --seconds 1 --rounds 3",
        "caretrail bench http --keep",
        exits={
            OK: "measured, every target reached",
            FAILED: "measured, a target was missed",
            UNUSABLE: "no such bench",
        },
    )
)
def bench(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}, or `all`.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each side is measured per round.")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often; the median counts.")] = 5,
    scale: Annotated[float, typer.Option(min=0.001, help="Share of the amounts of data.")] = 1.0,
    keep: Annotated[
        bool, typer.Option(help="Put the figures into FIGURES.md and its chart, in place of the last.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure side by side, in one run on servers of its own, what Caretrail is held against."""
    from scripts.benches.common import Effort, ground

    there = [known for known in BENCHES if find_spec(f"scripts.benches.{known}")]
    chosen = there if name == "all" else [name]
    if unknown := sorted(set(chosen) - set(there)):
        raise fail(f"No such bench: {', '.join(unknown)}. There are: {', '.join(there)}.", UNUSABLE)
    results: list[dict[str, Any]] = []
    with ground() as stands:
        for each in chosen:
            with busy(f"measuring {each}"):
                results.append(
                    import_module(f"scripts.benches.{each}").run(stands, Effort(seconds, rounds, scale)).facts()
                )
            if keep:  # at once: what comes later may fail
                _keep(results[-1:])
            if not as_json:
                _show(results[-1])
    if as_json:
        sys.stdout.write(json.dumps(results if name == "all" else results[0], indent=2, default=str) + "\n")
    raise typer.Exit(OK if all(result["reached"] for result in results) else FAILED)


def _show(result: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table("ratio", "found", "target", title=result["bench"])
    for name, value in result["ratios"].items():
        table.add_row(name, f"{value:,}", result["targets"].get(name, ""))
    out.print(table)
    out.print(json.dumps(result["sides"], indent=1), markup=False)


def _keep(results: list[dict[str, Any]]) -> None:
    from adapters.settings import ROOT
    from scripts.generate.__main__ import generate
    from scripts.generate.figures import keep

    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    keep(results, subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown")
    generate(check=False)
