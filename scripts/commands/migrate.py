"""Brings the database to the schema this version needs."""

from typing import Annotated

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, fail, manual, one_line, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail migrate",
        "DATABASE_URL=postgresql://… caretrail migrate --check",
        exits={OK: "up to date", FAILED: "a migration failed, or --check found some", UNUSABLE: "no database"},
    )
)
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what is pending.")] = False,
    as_json: AsJson = False,
) -> None:
    """Apply the SQL migrations that this database has not seen, each once, in order, under a lock."""
    import psycopg

    from adapters.embedded.servers import database
    from adapters.postgres import migrate as migrations
    from adapters.settings import settings

    try:
        with database(settings()) as url, busy("looking at the schema"):
            act = migrations.pending if check else migrations.migrate
            names = act(url)
    except psycopg.OperationalError as error:
        raise fail(one_line(error), UNUSABLE) from None
    except (psycopg.Error, migrations.MigrationEdited) as error:
        raise fail(one_line(error)) from None
    if check:
        report({"pending": names}, as_json=as_json, text=f"pending: {', '.join(names) or 'none'}")
        raise typer.Exit(FAILED if names else OK)
    report({"applied": names}, as_json=as_json, text=f"applied: {', '.join(names) or 'nothing was pending'}")
