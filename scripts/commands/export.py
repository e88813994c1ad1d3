"""Writes everything recorded about one person to the standard output."""

import sys
from typing import Annotated
from uuid import UUID

import typer

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
) -> None:
    """Export a person's own data (GDPR art. 15 and 20): every event as JSON, or a FHIR R4 Bundle. It is personal."""
    import asyncio

    from domain.kernel.errors import Refused

    if form not in {"json", "fhir"}:
        raise fail(f"No such format: {form}. There are: json, fhir.", UNUSABLE)
    try:
        content = asyncio.run(_export(tenant, person, form))
    except Refused as refused:
        raise fail(one_line(refused), FAILED) from None
    sys.stdout.write(content.decode() + "\n")


async def _export(tenant_id: UUID, person_id: UUID, form: str) -> bytes:
    from datetime import UTC, datetime

    import orjson

    from adapters.bootstrap import open_services
    from adapters.settings import settings

    services = await open_services(settings(), 2)
    try:
        now = datetime.now(UTC)
        if form == "fhir":
            return await services.facts.as_fhir(tenant_id, person_id, now)
        return orjson.dumps(await services.facts.as_json(tenant_id, person_id, now))
    finally:
        await services.close()
