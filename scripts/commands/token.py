"""Makes a bearer token, for people who try the API and for tests from outside."""

from typing import Annotated
from uuid import UUID

import typer

from scripts.terminal import OK, UNUSABLE, AsJson, commands, fail, manual, report

app = commands()


@app.command(
    epilog=manual(
        "caretrail token --role clinic_admin",
        "caretrail token --tenant 019… --actor 019… --role doctor --seconds 900 --json",
        exits={OK: "made", UNUSABLE: "unknown role or malformed id"},
    )
)
def token(
    role: Annotated[list[str], typer.Option(help="A role of the policy table; may be given several times.")],
    tenant: Annotated[UUID | None, typer.Option(help="Id of the clinic; a new one when not given.")] = None,
    actor: Annotated[UUID | None, typer.Option(help="Id of the person who acts; a new one when not given.")] = None,
    seconds: Annotated[int, typer.Option(min=1, max=604_800, help="How long it is valid: a week at most.")] = 3600,
    as_json: AsJson = False,
) -> None:
    """Make a bearer token signed by this installation's ring. It opens what its roles may do: keep it short."""
    from uuid_utils.compat import uuid7

    from adapters.identity.identity import open_ring
    from adapters.settings import settings
    from api.security import make_token
    from application.kernel.context import Caller
    from domain.identity.policy import POLICY

    if unknown := sorted(set(role) - set(POLICY)):
        raise fail(f"No such role: {', '.join(unknown)}. There are: {', '.join(sorted(POLICY))}.", UNUSABLE)
    caller = Caller(tenant or uuid7(), actor or uuid7(), frozenset(role))
    made = make_token(open_ring(settings()), caller, seconds)
    facts = {"token": made, "tenant": str(caller.tenant_id), "actor": str(caller.actor_id), "seconds": seconds}
    report(facts, as_json=as_json, text=made)
