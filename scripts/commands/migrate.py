"""Brings the database to the schema and the logins this version needs."""

from typing import Annotated

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, fail, manual, one_line, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail migrate",
        "DATABASE_URL=postgresql://… caretrail migrate --check",
        "caretrail migrate --rotate-logins",
        exits={OK: "up to date", FAILED: "a migration failed, or --check found some", UNUSABLE: "no database"},
    )
)
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what is pending.")] = False,
    rotate: Annotated[
        bool, typer.Option("--rotate-logins", help="Also give every login a new password; then restart the processes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Apply the SQL migrations that this database has not seen, each once, in order, under a lock; make the logins.

    DATABASE_URL is the administrator's, who owns the database and may make roles; no other process needs it. Once
    everything is made, CARETRAIL_DATABASE_URL_MIGRATOR will do.
    """
    import psycopg

    from adapters import logins
    from adapters.postgres import migrate as migrations
    from adapters.settings import settings

    try:
        with logins.administering(settings()) as url, busy("looking at the schema"):
            if check:
                names = migrations.pending(url)
            else:
                names = (logins.rotate if rotate else logins.bring_up)(settings(), url)
    except psycopg.OperationalError as error:
        raise fail(one_line(error), UNUSABLE) from None
    except (psycopg.Error, migrations.MigrationEdited) as error:
        raise fail(one_line(error)) from None
    if check:
        report({"pending": names}, as_json=as_json, text=f"pending: {', '.join(names) or 'none'}")
        raise typer.Exit(FAILED if names else OK)
    report({"applied": names}, as_json=as_json, text=f"applied: {', '.join(names) or 'nothing was pending'}")
