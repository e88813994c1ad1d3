"""Shows a patient's chart as it was known, or how it changed between two moments, out of the events alone."""

from typing import Annotated, Any
from uuid import UUID

import typer

from domain.access.purpose import PurposeOfUse
from scripts import accounts
from scripts.reviews import (
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

app = commands()


@app.command(
    epilog=manual(
        "caretrail chart --tenant 019… --person 019… --known-at 2026-03-01 --valid-at 2026-02-15",
        "caretrail chart --tenant 019… --person 019… --from 2026-03-01 --to 2026-04-01 --json",
        exits={OK: "shown", FAILED: "nothing is recorded about the person", UNUSABLE: "the options contradict"},
    )
)
def chart(
    tenant: Tenant,
    person: Annotated[UUID, typer.Option(help="Whose chart.")],
    known_at: Annotated[str | None, typer.Option(help="What was known at this time; now if absent.")] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="What changed between the chart as known at this time …")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="… and what was known then.")] = None,
    valid_at: Annotated[str | None, typer.Option(help="Of what held true then; at any time if absent.")] = None,
    operator: As = None,
    purpose: Purpose = PurposeOfUse.HCOMPL,
    unopened: Unopened = False,
    with_notes: WithNotes = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show a chart as it was known at one time, or what was added, amended and retracted between two, and by whom.

    Every look is recorded in the access log before it is shown.
    """
    first, last = moment("--from", begin), moment("--to", end)
    known, valid = moment("--known-at", known_at), moment("--valid-at", valid_at)
    if (first is None) != (last is None):
        raise fail("--from and --to go together: they are the two moments that are compared.", UNUSABLE)
    if first and known:
        raise fail("Give --known-at, or --from and --to, not both.", UNUSABLE)
    may_open = opening(unopened, with_notes)

    async def run() -> list[dict[str, Any]]:
        viewer = Viewer("chart", tenant, operator, purpose, database_url)
        async with reviewing(viewer, person) as (review, watch):
            if first and last:
                found = (await review.difference(tenant, person, may_open, first, last, valid)).facts()
            else:
                found = (await review.known(tenant, person, may_open, known, valid)).facts()
            await watch(len(found))
            return found

    found = answered(run)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
        return
    for told in found:
        shown = accounts.difference(told, out.width) if first else accounts.version(told, out.width)
        out.print(shown + "\n", markup=False, soft_wrap=True)
    if not found:
        out.print("Nothing changed in between." if first else "Nothing was known then.")
