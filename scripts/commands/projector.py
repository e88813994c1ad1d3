"""Runs the consumers of the feed."""

from typing import Annotated

import typer

from scripts.terminal import OK, UNUSABLE, commands, fail, manual

app = commands()


@app.command(
    epilog=manual(
        "caretrail projector",
        "caretrail projector --only daily_schedule --only effects",
        exits={OK: "told to stop", UNUSABLE: "unknown read model"},
    )
)
def projector(
    only: Annotated[list[str] | None, typer.Option(help="A read model (or `effects`); may be given again.")] = None,
) -> None:
    """Build the read models from the feed until told to stop. Several may run: a bookmark has one owner."""
    from adapters.logging import configure
    from adapters.processes import run_projector
    from adapters.settings import settings
    from projections.catalogue import READ_MODELS

    if unknown := sorted(set(only or ()) - {*READ_MODELS, "effects"}):
        raise fail(f"No such read model: {', '.join(unknown)}. There are: {', '.join(READ_MODELS)}, effects.", UNUSABLE)
    configure(settings().log_level)
    run_projector(settings(), only or ())
