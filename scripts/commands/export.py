"""Writes everything recorded about one person to the standard output."""

import sys
from typing import Annotated
from uuid import UUID

import typer

from domain.access.purpose import PurposeOfUse
from scripts.reviews import As, Purpose, operator_of
from scripts.terminal import FAILED, OK, UNUSABLE, commands, fail, manual, one_line

app = commands()


@app.command(
    epilog=manual(
        "caretrail export 019… --tenant 019… > person.json",
        "caretrail export 019… --tenant 019… --format fhir > bundle.json",
        exits={OK: "written", FAILED: "nothing is recorded about that person", UNUSABLE: "no database"},
    )
)
def export(
    person: Annotated[UUID, typer.Argument(help="Whose data.")],
    tenant: Annotated[UUID, typer.Option(help="Id of the clinic.")],
    form: Annotated[str, typer.Option("--format", help="json: every event; fhir: what stands now.")] = "json",
    operator: As = None,
    purpose: Purpose = PurposeOfUse.PATRQT,
) -> None:
    """Export a person's own data (GDPR art. 15 and 20): every event as JSON, or a FHIR R4 Bundle. It is personal.

    The access log says who did, before anything is written.
    """
    import asyncio

    from domain.kernel.errors import Refused

    if form not in {"json", "fhir"}:
        raise fail(f"No such format: {form}. There are: json, fhir.", UNUSABLE)
    try:
        content = asyncio.run(_export(tenant, person, form, operator, purpose))
    except Refused as refused:
        raise fail(one_line(refused), FAILED) from None
    sys.stdout.write(content.decode() + "\n")


async def _export(tenant_id: UUID, person_id: UUID, form: str, operator: UUID | None, purpose: PurposeOfUse) -> bytes:
    from datetime import UTC, datetime

    import orjson

    from adapters.bootstrap import open_services
    from adapters.settings import settings
    from domain.access.looks import Look

    services = await open_services(settings(), 2)
    try:
        now = datetime.now(UTC)
        if form == "fhir":
            content = await services.facts.as_fhir(tenant_id, person_id, now)
        else:
            content = orjson.dumps(await services.facts.as_json(tenant_id, person_id, now))
        who = operator_of("export", operator, purpose)
        look = Look(
            actor=who.id,
            purpose=who.purpose,
            action="privacy:export",
            resource=who.tool,
            request_id=services.new_id(),
            subjects={person_id},
            count=1,
            release=True,
            agent=who.agent,
        )
        await services.access_log.record(tenant_id, look.entry())
        return content
    finally:
        await services.close()
