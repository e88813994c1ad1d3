"""Everything on one machine: servers, schema, and one process each for API, projector, worker and clock."""

import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, err, fail, manual, one_line, out

if TYPE_CHECKING:
    from adapters.embedded.servers import Servers
    from adapters.settings import Settings
    from scripts.processes import Family

app = commands()
PROCESSES = ("projector", "worker", "clock", "api")
WATCH_SECONDS = 0.2


@app.command(
    epilog=manual(
        "caretrail up",
        "caretrail up --port 8080 --json",
        "DATABASE_URL=postgresql://… REDIS_URL=redis://… caretrail up",
        exits={
            OK: "ended when asked to",
            FAILED: "a process died, or another `up` runs here",
            UNUSABLE: "no database",
        },
    )
)
def up(
    port: Annotated[int | None, typer.Option(help="Port of the API; the setting's when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start the embedded servers, migrate, and run the API, the projector, the worker and the clock until Ctrl-C.

    A process that dies ends the whole: nothing is restarted silently. Logs lie in the state directory.
    """
    from psycopg import OperationalError

    from adapters.embedded import servers
    from adapters.settings import Settings
    from scripts.processes import AlreadyUp, Family, Stopped, wait_for_port

    chosen = Settings() if port is None else Settings(http_port=port)
    stopped = Stopped()
    try:
        with servers.serving(chosen) as running:
            given = {"REDIS_URL": running.redis_url, "PYTHONUNBUFFERED": "1"}
            given["CARETRAIL_HTTP_PORT"] = str(chosen.http_port)
            with Family(chosen.state, given) as family:
                _start_all(family, chosen, running.database_url)
                wait_for_port(chosen.http_host, chosen.http_port, family, stopped)
                _announce(family, chosen, running, as_json=as_json)
                while not stopped and not family.dead():
                    time.sleep(WATCH_SECONDS)
                words = {} if stopped else {name: family.last_words(name) for name in family.dead()}
    except AlreadyUp as error:
        raise fail(str(error)) from None
    except OperationalError as error:
        raise fail(one_line(error), UNUSABLE) from None
    for said in words.values():
        err.print(said, markup=False, soft_wrap=True)
    if words:
        raise fail(f"{' and '.join(words)} died; the others were stopped. The end of the log stands above.")


def _start_all(family: "Family", chosen: "Settings", database_url: str) -> None:
    from adapters.logins import bring_up, environment
    from adapters.merkle.behind import refuse_behind
    from adapters.privacy.journal import JournalFile
    from adapters.privacy.restored import destroy_again
    from adapters.processes import LOGINS

    with busy("migrating"):
        bring_up(chosen, database_url)
    destroy_again(database_url, JournalFile(chosen.erasure_journal_path))
    refuse_behind(database_url, chosen)
    for name in PROCESSES:
        family.start(name, environment=environment(chosen, database_url, LOGINS[name]))


def _announce(family: "Family", chosen: "Settings", running: "Servers", *, as_json: bool) -> None:
    url = f"http://{chosen.http_host}:{chosen.http_port}"
    pids = {name: child.pid for name, child in family.children.items()}
    if as_json:
        facts = {"url": url, "docs": f"{url}/docs", "pids": pids, "state": str(chosen.state)}
        sys.stdout.write(json.dumps(facts | {"started": list(running.started)}) + "\n")
        sys.stdout.flush()
        return
    for name, pid in pids.items():
        out.print(f"{name:<10} pid {pid:<8} {url if name == 'api' else ''}")
    for name in running.started:
        out.print(f"{name:<10} embedded, in {chosen.state / name}", soft_wrap=True)
    out.print(f"docs       {url}/docs\nlogs       {chosen.state / 'logs'}\nCtrl-C ends it.", soft_wrap=True)
