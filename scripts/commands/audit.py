"""What auditors do at the command line."""

from scripts.commands import evidence, verification
from scripts.terminal import OK, commands, manual

app = commands()
app.add_typer(verification.app)
app.add_typer(evidence.app)


@app.callback(
    no_args_is_help=True,
    epilog=manual(
        "caretrail audit verify --against /mnt/notes",
        "caretrail audit prove 81234",
        "caretrail audit export --tenant 019…",
        exits={OK: "done"},
    ),
)
def audit() -> None:
    """Verify what was recorded, prove it, and hand out evidence that others check without Caretrail."""
