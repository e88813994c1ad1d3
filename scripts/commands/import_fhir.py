"""Takes over patients, their charts, visits and invoices from FHIR R4 bundles of other systems."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, err, fail, manual, one_line, out, report

if TYPE_CHECKING:
    from adapters.fhir.report import Report

app = commands()
EXITS = {OK: "all taken", FAILED: "at least one bundle was refused", UNUSABLE: "nothing there, or no database"}


@app.command(
    epilog=manual(
        "caretrail import-fhir bundles/ patient.json.gz",
        "caretrail import-fhir bundles/ --tenant 019… --json",
        exits=EXITS,
    )
)
def import_fhir(
    paths: Annotated[list[Path], typer.Argument(help="Bundles (.json, .json.gz), or folders of them.")],
    tenant: Annotated[
        UUID | None, typer.Option(help="Clinic that takes them over; the example clinic if absent.")
    ] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone the clinic lives in.")] = "UTC",
    source: Annotated[str, typer.Option(help="Name of the system they come from; part of every derived id.")] = "fhir",
    as_json: AsJson = False,
) -> None:
    """Import FHIR R4 bundles: each whole, or refused whole with file, entry and reason. Twice adds nothing.

    Every resource is counted: imported + not mapped + refused = read, per type.
    """
    import asyncio
    import time

    from domain.kernel.errors import Refused
    from domain.kernel.ids import derived_id

    found = _found(paths, zone)
    tenant_id = tenant or derived_id("tenant", "example")
    started = time.perf_counter()
    try:
        done = asyncio.run(_import(found, tenant_id, zone, source))
    except Refused as refused:
        raise fail(one_line(refused), UNUSABLE) from None
    facts = {"tenant": str(tenant_id), "seconds": round(time.perf_counter() - started, 3), **done.facts()}
    if as_json:
        report(facts, as_json=True)
    else:
        _show(facts, done)
    raise typer.Exit(FAILED if done.refusals or not done.balanced else OK)


def _found(paths: list[Path], zone: str) -> list[Path]:
    """Return the files to import, or leave with UNUSABLE."""
    from adapters.fhir.files import bundles_in
    from domain.kernel.civil import UnknownZone
    from domain.kernel.civil import zone as known_zone

    try:
        known_zone(zone)
        found = bundles_in(paths)
    except FileNotFoundError as error:
        raise fail(f"There is nothing at {error}.", UNUSABLE) from None
    except UnknownZone as error:
        raise fail(error.message, UNUSABLE) from None
    if not found:
        raise fail("There is no .json or .json.gz file there.", UNUSABLE)
    return found


async def _import(found: list[Path], tenant_id: UUID, zone: str, source: str) -> "Report":
    from contextlib import nullcontext
    from datetime import UTC, datetime

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from adapters.bootstrap import Role, open_services, settings
    from adapters.embedded.servers import serving
    from adapters.fhir.importer import Circumstances, Importer
    from adapters.logins import bring_up

    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    chosen = settings()
    with nullcontext() if chosen.url_of(Role.APP) else serving(chosen) as running:
        if running is not None:
            bring_up(chosen, running.database_url)
        services = await open_services(chosen)
        given = Circumstances(tenant_id, services.new_id, lambda: datetime.now(UTC), zone, source)
        importer = Importer(services.dispatcher, services.store, given)
        try:
            with Progress(*columns, console=err, transient=True) as progress:
                task = progress.add_task("bundles", total=len(found))
                async for _ in importer.run(found):
                    progress.advance(task)
        finally:
            await services.close()
    return importer.report


def _show(facts: dict[str, Any], done: "Report") -> None:
    from rich.table import Table

    table = Table(box=None)
    for heading in ("type", "read", "imported", "already", "not mapped", "refused"):
        table.add_column(heading, justify="left" if heading == "type" else "right")
    for name, row in [*facts["types"].items(), ("total", facts["total"])]:
        table.add_row(name, *(str(figure) for figure in row.values()))
    out.print(table)
    for refusal in done.refusals:
        where = "" if refusal.entry is None else f" entry {refusal.entry}"
        what = " ".join(part for part in (refusal.resource, refusal.field) if part)
        err.print(f"refused: {refusal.file}{where}: {refusal.code} {what}", markup=False, soft_wrap=True)
    out.print(
        f"{done.taken} of {done.files} bundles taken over into clinic {facts['tenant']} in {facts['seconds']} s",
        soft_wrap=True,
    )
