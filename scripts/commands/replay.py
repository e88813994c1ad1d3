"""Replays history for review."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, out

app = commands()


@app.command(
    epilog=manual(
        "caretrail replay --tenant 019… --person 019…",
        "caretrail replay --tenant 019… --stream 019… --json > history.ndjson",
        exits={OK: "shown", FAILED: "nothing recorded", UNUSABLE: "neither or both of --stream and --person"},
    )
)
def replay(
    tenant: Annotated[UUID, typer.Option(help="Id of the clinic.")],
    stream: Annotated[UUID | None, typer.Option(help="One stream: an appointment, an invoice, a record …")] = None,
    person: Annotated[UUID | None, typer.Option(help="Everything about one person.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was recorded, in order: when, by whom, what changed from what to what. --json gives NDJSON."""
    import asyncio

    import orjson

    from adapters.bootstrap import open_services
    from adapters.replaying import history
    from adapters.settings import settings

    if (stream is None) == (person is None):
        raise fail("Say which: --stream ID or --person ID.", UNUSABLE)

    async def run() -> int:
        services = await open_services(settings(), 2)
        count = 0
        try:
            async for entry in history(services, tenant, stream_id=stream, person_id=person):
                count += 1
                if as_json:
                    sys.stdout.write(orjson.dumps(entry._asdict(), default=str).decode() + "\n")
                else:
                    out.print(account(entry), markup=False, soft_wrap=True)
        finally:
            await services.close()
        return count

    if not asyncio.run(run()):
        raise fail("Nothing is recorded under that id in this clinic.", FAILED)


def account(entry: Any) -> str:
    """Return an entry as lines a person reads."""
    head = f"{entry.recorded_at:%Y-%m-%d %H:%M:%S} #{entry.position} {entry.type} v{entry.version} by {entry.actor}"
    lines = [f"    {name}: {shown(before)} → {shown(now)}" for name, (before, now) in entry.changed.items()]
    return "\n".join([head, f"    stream {entry.stream_id}, request {entry.correlation_id}", *lines])


def shown(value: Any) -> str:
    """Return a value in short."""
    if isinstance(value, dict):
        kind = value.get("kind")
        if kind in {"erased", "unopened"}:
            return f"({kind})"
        return "{" + ", ".join(f"{k}: {shown(v)}" for k, v in value.items() if v is not None and k != "kind") + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return "–" if value is None else str(value)
