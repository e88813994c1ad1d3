"""Replays history for review."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from domain.access.purpose import PurposeOfUse
from scripts import accounts
from scripts.reviews import (
    WRONG_ID,
    As,
    DatabaseUrl,
    Purpose,
    Tenant,
    Unopened,
    Viewer,
    WithNotes,
    answered,
    moment,
    opening,
    reviewing,
)
from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, out

if TYPE_CHECKING:
    from application.ports.history import MayOpen, Scope

app = commands()
AsLines = Annotated[bool, typer.Option("--ndjson", help="Print the events as recorded, one JSON object per line.")]


@app.command(
    epilog=manual(
        "caretrail replay --tenant 019… --person 019…",
        "caretrail replay --tenant 019… --actor 019… --since 2026-03-01 --until 2026-04-01 --json",
        "caretrail replay --tenant 019… --stream 019… --ndjson > history.ndjson",
        "caretrail replay --tenant 019… --stream 019… --at 2026-03-01T09:30+01:00",
        "caretrail replay --tenant 019… --person 019… --database-url postgresql://…/restored",
        exits={OK: "shown", FAILED: "nothing recorded", UNUSABLE: "the options do not say what is meant"},
    )
)
def replay(
    tenant: Tenant,
    stream: Annotated[UUID | None, typer.Option(help="One stream: an appointment, an invoice, a record …")] = None,
    person: Annotated[UUID | None, typer.Option(help="Everything about one person.")] = None,
    actor: Annotated[UUID | None, typer.Option(help="Everything one actor did.")] = None,
    since: Annotated[str | None, typer.Option(help="Recorded at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Recorded before this time.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="The stream's state after this version.")] = None,
    at: Annotated[str | None, typer.Option(help="The stream's state as it was recorded at this time.")] = None,
    operator: As = None,
    purpose: Purpose = PurposeOfUse.HCOMPL,
    unopened: Unopened = False,
    with_notes: WithNotes = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
    as_lines: AsLines = False,
) -> None:
    """Account for what happened: who, what, from what to what, when, why, on which request; or show a state.

    Personal fields are opened as for an auditor, and every look is recorded in the access log before it is shown.
    """
    from application.ports.history import Scope

    scope = Scope(stream, person, actor, moment("--since", since), moment("--until", until))
    then = moment("--at", at)
    may_open = opening(unopened, with_notes)
    viewer = Viewer("replay", tenant, operator, purpose, database_url)
    if as_json and as_lines:
        raise fail("Give --json (the account) or --ndjson (the events as recorded), not both.", UNUSABLE)
    if version is None and then is None:
        _history(viewer, scope, may_open, "ndjson" if as_lines else "json" if as_json else "text")
        return
    if version is not None and then is not None:
        raise fail("Give --version or --at, not both: each says which state is meant.", UNUSABLE)
    if stream is None or scope != Scope(stream) or as_lines:
        raise fail("--version and --at show the state of one --stream; leave the other choices out.", UNUSABLE)
    facts = answered(lambda: _state(viewer, stream, may_open, version, then))
    _print(facts) if as_json else out.print(accounts.state(facts, out.width), markup=False, soft_wrap=True)


async def _state(
    viewer: Viewer, stream: UUID, may_open: "MayOpen", version: int | None, then: datetime | None
) -> dict[str, Any]:
    async with reviewing(viewer) as (review, watch):
        found = await review.state(viewer.tenant, stream, may_open, version=version, at=then)
        await watch(1)
        return found.facts()


def _history(viewer: Viewer, scope: "Scope", may_open: "MayOpen", form: str) -> None:
    if scope == type(scope)():
        raise fail("Say which events: --stream, --person, --actor, or a window (--since, --until).", UNUSABLE)

    async def run() -> int:
        from scripts.progress import counting

        count = 0
        with counting("events", silent=out.is_terminal) as progress:
            async with reviewing(viewer, scope.person_id) as (review, watch):
                if form == "ndjson":
                    async for lines in review.lines(viewer.tenant, scope, may_open):
                        await watch(number := lines.count(b"\n"))
                        sys.stdout.buffer.write(lines)
                        progress(count := count + number, None)
                else:
                    async for told in review.account(viewer.tenant, scope, may_open):
                        await watch(len(told.entries))
                        _tell(told.facts(), count, form)
                        progress(count := count + len(told.entries), None)
                if not count:
                    await watch(0)
        return count

    found = answered(run)
    if form == "json":
        sys.stdout.write("\n]\n" if found else "[]\n")
    if not found:
        raise fail(f"Nothing of that is recorded in this clinic. {WRONG_ID}")


def _tell(entries: list[dict[str, Any]], before: int, form: str) -> None:
    for number, told in enumerate(entries, before):
        if form == "json":
            sys.stdout.write(("[\n" if number == 0 else ",\n") + _encoded(told))
        else:
            sys.stdout.write(accounts.entry(told, out.width) + "\n\n")


def _print(facts: object) -> None:
    sys.stdout.write(_encoded(facts) + "\n")


def _encoded(facts: object) -> str:
    import msgspec

    return msgspec.json.encode(facts).decode()
