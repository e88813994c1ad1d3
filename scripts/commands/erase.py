"""Erases a person's data: asks for it, carries out what can be done at once, and says what is kept and why."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, one_line, report

if TYPE_CHECKING:
    from domain.privacy.kinds import RequestBasis

app = commands()


@app.command(
    epilog=manual(
        "caretrail erase 019… --tenant 019…",
        "caretrail erase 019… --tenant 019… --basis lgpd-18 --yes --json",
        exits={
            OK: "erased, or kept only as long as the law says",
            FAILED: "refused: a legal hold keeps everything",
            UNUSABLE: "no such person, asked for already, not confirmed, or no database",
        },
    )
)
def erase(
    person: Annotated[UUID, typer.Argument(help="Whose data.")],
    tenant: Annotated[UUID, typer.Option(help="Id of the clinic.")],
    basis: Annotated[
        str, typer.Option(help="The right it rests on: gdpr-17, lgpd-18, consent-withdrawn, controller.")
    ] = "gdpr-17",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person's data for good: profile and messages at once, the rest when no law keeps it any longer."""
    import asyncio

    from domain.kernel.errors import Refused
    from domain.privacy.kinds import ErasureStatus, RequestBasis

    if basis not in list(RequestBasis):
        raise fail(f"No such basis: {basis}. There are: {', '.join(RequestBasis)}.", UNUSABLE)
    if not yes and not typer.confirm(f"Erase the data of {person}? It cannot be undone.", err=True):
        raise fail("Nothing was asked for.", UNUSABLE)
    try:
        facts = asyncio.run(_erase(tenant, person, RequestBasis(basis)))
    except Refused as refused:
        raise fail(one_line(refused), UNUSABLE) from None
    report(facts, as_json=as_json, text=_told(facts))
    raise typer.Exit(FAILED if facts["status"] == ErasureStatus.REFUSED else OK)


async def _erase(tenant_id: UUID, person_id: UUID, basis: "RequestBasis") -> dict[str, Any]:
    from datetime import UTC, datetime

    from adapters.bootstrap import open_services
    from adapters.settings import settings
    from application.kernel.context import Caller, Context
    from application.privacy.request_erasure import RequestErasure
    from domain.kernel.ids import derived_id

    services = await open_services(settings(), 4)
    try:
        await services.facts.known(tenant_id, person_id)
        context = Context(
            caller=Caller(tenant_id, derived_id("operator"), frozenset({"privacy_officer"})),
            command_id=services.new_id(),
            now=datetime.now(UTC),
            new_id=services.new_id,
            correlation_id=services.new_id(),
        )
        begun = await services.dispatcher.dispatch(RequestErasure(person_id=person_id, basis=basis), context)
        await services.carry_out_erasure(tenant_id, begun.id)
        return await services.erasure_state(tenant_id, begun.id)
    finally:
        await services.close()


def _told(facts: dict[str, Any]) -> str:
    lines = [f"erasure {facts['erasure']}: {facts['status']}"]
    for found in facts["classes"]:
        until = f" until {found['until']} ({found['source']})" if found.get("until") else ""
        held = f" by legal holds {', '.join(found['holds'])}" if found.get("holds") else ""
        lines.append(f"  {found['retention']}: {found['status']}{until}{held}")
    if facts["refused_by"]:
        lines.append(f"  kept by legal holds {', '.join(facts['refused_by'])}")
    return "\n".join(lines)
