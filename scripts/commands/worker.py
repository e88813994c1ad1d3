"""Runs a worker."""

from typing import Annotated

import typer

from scripts.terminal import OK, commands, manual

app = commands()


@app.command(epilog=manual("caretrail worker --threads 4", exits={OK: "told to stop, running work finished"}))
def worker(
    threads: Annotated[int, typer.Option(min=1, max=64, help="How many effects are performed side by side.")] = 2,
) -> None:
    """Perform effects (documents, reminders, what follows from what) from all queues until told to stop."""
    from adapters.logging import configure
    from adapters.processes import run_worker
    from adapters.settings import settings

    configure(settings().log_level)
    run_worker(settings(), threads)
