"""What failed for good outside, seen and set going again."""

from typing import Annotated
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, report

app = commands()


@app.callback(
    no_args_is_help=True,
    epilog=manual("caretrail effects list", "caretrail effects retry --all", exits={OK: "done"}),
)
def effects() -> None:
    """List the effects that failed for good, and let them be tried again."""


@app.command(
    "list",
    epilog=manual(
        "caretrail effects list --json", exits={OK: "none failed", FAILED: "some did", UNUSABLE: "no database"}
    ),
)
def list_failed(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100, as_json: AsJson = False
) -> None:
    """List the effects that failed for good: key, name, attempts, kind of error."""
    from adapters.jobs import effects as table
    from scripts.database import connected

    columns = ("key", "tenant_id", "name", "queue", "ids", "attempts", "error", "due_at", "settled_at")
    with connected("projector") as connection:
        found = [dict(zip(columns, row, strict=True)) for row in table.failed(connection, limit)]
    lines = [f"{e['key']}  {e['name']}  {e['attempts']} attempts  {e['error']}" for e in found]
    report({"failed": found}, as_json=as_json, text="\n".join(lines) or "no effect has failed")
    raise typer.Exit(FAILED if found else OK)


@app.command(
    epilog=manual(
        "caretrail effects retry 5f0c…",
        "caretrail effects retry --all --json",
        exits={OK: "they wait again", FAILED: "none of those named had failed", UNUSABLE: "no database, or no key"},
    )
)
def retry(
    keys: Annotated[list[UUID] | None, typer.Argument(help="Keys as `effects list` shows them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every effect that failed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let failed effects wait for the worker again. What already happened outside is not done twice."""
    from adapters.jobs import effects as table
    from scripts.database import connected

    if bool(keys) is everything:
        raise fail("Name the effects' keys, or say --all.", UNUSABLE)
    with connected("projector") as connection:
        count = table.retry(connection, None if everything else keys)
    report({"waiting": count}, as_json=as_json, text=f"{count} wait again")
    raise typer.Exit(OK if count or everything else FAILED)
