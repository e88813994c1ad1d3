"""Counts anew what analysts may see."""

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, busy, commands, fail, manual, one_line, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail deid",
        "caretrail deid --json",
        exits={OK: "counted", FAILED: "another process is at it", UNUSABLE: "no database, or no root key"},
    )
)
def deid(as_json: AsJson = False) -> None:
    """Count anew the de-identified figures of schema deid, as the worker does once a day.

    They hold no id, no clinic and no date but years (months for money), and tell nothing of fewer than eleven people.
    """
    from adapters.deid.keeping import count
    from adapters.settings import settings
    from adapters.vault.root_key import RootKeyUnsafe
    from application.ports.key_management import KeyManagementUnavailable, WrongRootKey
    from scripts.database import connected

    try:
        with connected("projector") as connection, busy("counting"):
            figures = count(settings(), connection)
    except (RootKeyUnsafe, WrongRootKey, KeyManagementUnavailable) as error:
        raise fail(one_line(error), UNUSABLE) from None
    if figures is None:
        raise fail("Another process is counting: try again when it is done.", FAILED)
    text = "\n".join(f"deid.{table}: {rows} rows" for table, rows in figures._asdict().items())
    report(figures._asdict(), as_json=as_json, text=text)
