"""``./scripts/supply``: the checks of the supply chain, one after the other, and one verdict."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from scripts.supply_chain.outcome import Outcome, State
from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, fail, manual, out, report

#: Name of the check, and the module whose ``check()`` makes it.
CHECKS: Mapping[str, str] = {
    "requirements": "requirements",
    "code": "code",
    "licences": "licences",
    "bill": "bill",
    "secrets": "repository",
    "start": "failing_start",
    "advisories": "advisories",
}
NOT_REACHED = 3
COLOURS = {State.PASSED: "green", State.FOUND: "red", State.NOT_REACHED: "yellow"}

app = commands()


@app.command(
    epilog=manual(
        "./scripts/supply",
        "./scripts/supply licences --json",
        "./scripts/supply bill --sbom bill.json",
        exits={
            OK: "all passed",
            FAILED: "something was found",
            UNUSABLE: "no such check",
            NOT_REACHED: "nothing found, but the service of known weaknesses was not reached",
        },
    )
)
def supply(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(CHECKS)}; all when none is named.")] = None,
    sbom: Annotated[Path | None, typer.Option(help="Write the bill of materials there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Examine what Caretrail is made of and what it gives away."""
    chosen = [*(names or CHECKS), *(["bill"] if sbom and names and "bill" not in names else [])]
    if unknown := sorted(set(chosen) - set(CHECKS)):
        raise fail(f"No such check: {', '.join(unknown)}. There are: {', '.join(CHECKS)}.", UNUSABLE)
    outcomes = {}
    for name in chosen:
        with busy(f"checking {name}"):
            outcomes[name] = _check(name, sbom)
        if not as_json:
            _show(name, outcomes[name])
    if as_json:
        report({name: outcome._asdict() for name, outcome in outcomes.items()}, as_json=True)
    raise typer.Exit(verdict([outcome.state for outcome in outcomes.values()]))


def verdict(states: list[State]) -> int:
    """Return the exit code: what was found counts before what was not reached."""
    if State.FOUND in states:
        return FAILED
    return NOT_REACHED if State.NOT_REACHED in states else OK


def _check(name: str, sbom: Path | None) -> Outcome:
    check: Callable[..., Outcome] = import_module(f"scripts.supply_chain.{CHECKS[name]}").check
    return check(sbom) if name == "bill" else check()


def _show(name: str, outcome: Outcome) -> None:
    from rich.text import Text

    out.print(
        Text.assemble(f"{name:<13}", (outcome.state, COLOURS[outcome.state]), f": {outcome.said}"), soft_wrap=True
    )
    for finding in outcome.findings:
        out.print(f"  {finding}", markup=False, soft_wrap=True)
    for package, entry in outcome.facts.get("named", {}).items():
        where = "shipped" if entry["shipped"] else "development only"
        out.print(f"  {package} ({where}) {entry['licence']}: {entry['why']}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    app(prog_name="./scripts/supply")
