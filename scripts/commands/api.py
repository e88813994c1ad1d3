"""Runs the HTTP API."""

from typing import Annotated

import typer

from scripts.terminal import OK, UNUSABLE, commands, manual

app = commands()

#: A process that says nothing for so long is replaced. On a machine that is short of time, a well one can be slow.
HUNG_SECONDS = 30


@app.command(
    epilog=manual(
        "caretrail api --port 8000 --processes 2", exits={OK: "told to stop", UNUSABLE: "the database cannot be used"}
    )
)
def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes.")] = None,
) -> None:
    """Serve the API; interactive documentation is at /docs."""
    import uvicorn

    from adapters.logging import configure
    from adapters.logins import url_for
    from adapters.postgres.roles import check_login
    from adapters.processes import LOGINS
    from adapters.settings import settings

    chosen = settings()
    configure(chosen.log_level)
    for role in LOGINS["api"]:  # said here in one line, and by each server process in its log
        check_login(url_for(chosen, role), role)
    uvicorn.run(
        "api.server:application",
        factory=True,
        host=host or chosen.http_host,
        port=port or chosen.http_port,
        workers=processes or chosen.http_processes,
        timeout_keep_alive=chosen.http_keep_alive_seconds,
        timeout_worker_healthcheck=HUNG_SECONDS,
        log_config=None,  # the server's lines are ours too
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom we believe about addresses, settings say
    )
