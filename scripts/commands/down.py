"""Ends what `up` has left running, and the embedded servers of this state directory."""

from scripts.terminal import OK, UNUSABLE, AsJson, busy, commands, manual, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail down",
        "CARETRAIL_STATE=/srv/caretrail caretrail down --json",
        exits={OK: "nothing runs any more", UNUSABLE: "a server could not be stopped"},
    )
)
def down(as_json: AsJson = False) -> None:
    """Stop the processes of `up` and the embedded PostgreSQL and Valkey. Servers named by a URL are left alone."""
    from adapters.embedded import servers
    from adapters.settings import settings
    from scripts.processes import end_recorded

    with busy("stopping"):
        processes = end_recorded(settings().state)
        stopped = servers.stop(settings())
    facts = {"processes": processes, "servers": stopped}
    report(facts, as_json=as_json, text=f"stopped: {', '.join([*processes, *stopped]) or 'nothing was running'}")
