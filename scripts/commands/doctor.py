"""Says whether this installation is sound: servers, durability, schema, lag. Starts nothing and changes nothing."""

from typing import TYPE_CHECKING

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, manual, out, report

if TYPE_CHECKING:
    from scripts.examination import Finding

app = commands()
CODES = {"ok": OK, "degraded": FAILED, "down": UNUSABLE}


@app.command(
    epilog=manual(
        "caretrail doctor", "caretrail doctor --json", exits={OK: "sound", FAILED: "degraded", UNUSABLE: "down"}
    )
)
def doctor(as_json: AsJson = False) -> None:
    """Examine servers, durability settings, migrations, consumers and files; name what is wrong and what to do."""
    from adapters.settings import settings
    from scripts.examination import examine

    findings = examine(settings())
    verdict = max((finding.state for finding in findings), key=lambda state: CODES[state])
    facts = {"state": verdict, "findings": [finding._asdict() for finding in findings]}
    if as_json:
        report(facts, as_json=True)
    else:
        _show(findings, verdict)
    raise typer.Exit(CODES[verdict])


def _show(findings: "list[Finding]", verdict: str) -> None:
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "degraded": "yellow", "down": "red"}
    table = Table(box=None, show_header=False)
    for finding in findings:
        table.add_row(Text(finding.state, colours[finding.state]), Text(finding.name), Text(finding.detail))
    out.print(table)
    out.print(Text(f"This installation is {verdict}.", colours[verdict]))
