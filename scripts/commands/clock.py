"""Runs the clock."""

from scripts.terminal import OK, commands, manual

app = commands()


@app.command(epilog=manual("caretrail clock", exits={OK: "told to stop"}))
def clock() -> None:
    """Send effects to the workers when they are due. Several may run: one leads, another takes over within seconds."""
    from adapters.logging import configure
    from adapters.processes import run_clock
    from adapters.settings import settings

    configure(settings().log_level)
    run_clock(settings())
