"""The tenants' keys, seen and rotated."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, report

app = commands()


@app.callback(
    no_args_is_help=True,
    epilog=manual("caretrail keys status", "caretrail keys rotate --json", exits={OK: "done"}),
)
def keys() -> None:
    """Show the keys personal data is sealed under, and rotate them. Events are never touched."""


@app.command("list", epilog=manual("caretrail keys list --json", exits={OK: "done", UNUSABLE: "no database"}))
def list_epochs(as_json: AsJson = False) -> None:
    """List every tenant's epochs: since when, ended when, data keys under it."""
    from adapters.postgres import key_figures
    from scripts.database import connected

    with connected("keys") as connection:
        found = [epoch._asdict() for epoch in key_figures.epochs(connection)]
    lines = [
        f"{e['tenant_id']}  epoch {e['epoch']}  since {e['began_at']:%Y-%m-%d}  {e['data_keys']} data keys"
        + (f"  ended {e['ended_at']:%Y-%m-%d}" if e["ended_at"] else "")
        for e in found
    ]
    report({"epochs": found}, as_json=as_json, text="\n".join(lines) or "no tenant has keys")


@app.command(
    epilog=manual(
        "caretrail keys status --json",
        exits={OK: "every rotation is in time", FAILED: "one is late", UNUSABLE: "no database, or no root key"},
    )
)
def status(as_json: AsJson = False) -> None:
    """Show how many keys there are, how old the oldest epoch in use is, and when the next rotation is due."""
    from adapters.postgres import key_figures
    from adapters.settings import settings
    from scripts.database import connected

    period = timedelta(days=settings().key_days)
    with connected("keys") as connection:
        figures = key_figures.status(connection)
    oldest: datetime | None = figures["oldest_epoch_began_at"]
    due = oldest + period if oldest else None
    late = due is not None and due + key_figures.GRACE < datetime.now(UTC)
    facts: dict[str, Any] = {**figures, "period_days": settings().key_days, "next_rotation_due_at": due, "late": late}
    text = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items())
    report(facts, as_json=as_json, text=text)
    raise typer.Exit(FAILED if late else OK)


@app.command(
    epilog=manual(
        "caretrail keys rotate",
        "caretrail keys rotate --tenant 0190…",
        "caretrail keys rotate --root --json",
        exits={OK: "rotated", FAILED: "another process is at it", UNUSABLE: "no database, no such tenant, no root key"},
    )
)
def rotate(
    tenant: Annotated[UUID | None, typer.Option(help="Only this tenant's epoch.")] = None,
    root: Annotated[bool, typer.Option("--root", help="Only the root key: wrap the tenants' keys anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin a new epoch for every tenant (or one), wrap all its data keys anew, and end the old epoch.

    The root key is renewed with all tenants, or alone by --root. The system may run; killed, it goes on when run again.
    """
    from adapters.postgres.rotation import Turn
    from adapters.rotating import rotation
    from adapters.settings import settings
    from adapters.vault.root_key import RootKeyUnsafe
    from application.ports.key_management import KeyManagementUnavailable, WrongRootKey
    from scripts.database import connected
    from scripts.terminal import busy, one_line

    if tenant is not None and root:
        raise fail("Say --tenant or --root, not both.", UNUSABLE)
    try:
        with connected("keys") as connection, busy("rotating keys"):
            rotating, done = rotation(settings(), connection), Turn()
            with rotating.alone() as ours:
                if not ours:
                    raise fail("Keys are being rotated by another process: try again when it is done.")
                tenants = rotating.tenants()
                if tenant is not None and tenant not in tenants:
                    raise fail("That tenant has no keys.", UNUSABLE)
                if tenant is None:
                    done = rotating.rotate_root()
                for each in [] if root else tenants if tenant is None else [tenant]:
                    done = done.plus(rotating.rotate(each))
    except (RootKeyUnsafe, WrongRootKey, KeyManagementUnavailable) as error:
        raise fail(one_line(error), UNUSABLE) from None
    report(done._asdict(), as_json=as_json, text=f"{done.data_keys} data keys wrapped anew, {done.epochs} epochs ended")
