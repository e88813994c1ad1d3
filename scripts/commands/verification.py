"""The log verified against what lies outside, and what an outsider needs to do the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, out, report

if TYPE_CHECKING:
    from adapters.merkle.findings import Finding, Report

app = commands()


@app.command(
    epilog=manual(
        "caretrail audit verify",
        "caretrail audit verify --against /mnt/notes --key 3b6a… --tsa-root tsa.pem --json",
        exits={OK: "everything is as it was signed", FAILED: "something was found", UNUSABLE: "could not be checked"},
    )
)
def verify(
    tenant: Annotated[UUID | None, typer.Option(help="Only this clinic's logs.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Folder of notes outside the database: then the database's own count nothing.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="The signer's public key in hex, known from elsewhere.")] = None,
    tsa_root: Annotated[Path | None, typer.Option(help="Certificates (PEM) to hold timestamps against.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every row again and hold it against the signed notes; name the first wrong event and what was done."""
    from adapters.merkle.anchors import Anchors
    from adapters.settings import settings
    from adapters.verifying import NoKey, run
    from scripts.database import connected
    from scripts.progress import counting

    if against is not None and not against.is_dir():
        raise fail(f"There is no folder {against.name}.", UNUSABLE)
    anchors = Anchors(against) if against else None
    try:
        with connected("auditor") as connection, counting("hashing") as progress:
            found = run(settings(), connection, tenant, anchors, key, tsa_root, progress)
    except (NoKey, OSError, ValueError) as error:
        raise fail(f"{error}", UNUSABLE) from None
    report(facts(found), as_json=as_json)
    if not as_json:
        show(found)
    raise typer.Exit(OK if found.clean else FAILED)


@app.command(
    epilog=manual(
        "caretrail audit key", "caretrail audit key --tenant 019…", exits={OK: "shown", UNUSABLE: "there is no key yet"}
    )
)
def key(
    tenant: Annotated[UUID | None, typer.Option(help="As verifier keys of this clinic's logs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the public key that checkpoints are signed with: hand it to auditors by a way of its own."""
    from adapters.merkle.kinds import SOURCES
    from adapters.merkle.note import TOP, origin_of, verifier_key
    from adapters.settings import settings
    from adapters.verifying import NoKey, public_key

    try:
        public = public_key(settings(), None)
    except NoKey as error:
        raise fail(str(error), UNUSABLE) from None
    names = [TOP] if tenant is None else [origin_of(kind, tenant) for kind in SOURCES]
    lines = [verifier_key(name, public) for name in names]
    shown = public.hex() if tenant is None else "\n".join(lines)
    report({"public_key": public.hex(), "verifier_keys": lines}, as_json=as_json, text=shown)


@app.command(
    epilog=manual(
        "caretrail audit webhook",
        "caretrail audit webhook --tenant 019… --url https://clinic.example/notes",
        "caretrail audit webhook --tenant 019… --off",
        exits={OK: "done", UNUSABLE: "no such URL, or no database"},
    )
)
def webhook(
    tenant: Annotated[UUID | None, typer.Option(help="Id of the clinic.")] = None,
    url: Annotated[str | None, typer.Option(help="Where its notes are posted from now on.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Post nothing any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set where a clinic gets its own copy of every signed note; without options, list what is set."""
    from adapters.merkle.webhook import set_webhook, webhooks
    from scripts.database import connected

    if (url is not None or off) and (tenant is None or (url is not None and off)):
        raise fail("Say which clinic: --tenant ID, and one of --url URL and --off.", UNUSABLE)
    with connected("projector") as connection:
        if tenant is not None and (url is not None or off):
            try:
                set_webhook(connection, tenant, url)
            except ValueError as error:
                raise fail(str(error), UNUSABLE) from None
        found = [(t, where) for t, where in webhooks(connection) if tenant in {None, t}]
    text = "\n".join(f"{tenant_id}  {where}" for tenant_id, where in found)
    report([{"tenant": t, "url": where} for t, where in found], as_json=as_json, text=text or "no webhook is set")


def facts(found: "Report") -> dict[str, Any]:
    """Return a report as it is printed in JSON."""
    logs = [
        {**log._asdict(), "tail": log.tail, "findings": [finding._asdict() for finding in log.findings]}
        for log in found.logs
    ]
    first = found.findings[0]._asdict() if found.findings else None
    return {
        "clean": found.clean, "rows": found.rows, "seconds": round(found.seconds, 3), "first": first,
        "findings": [finding._asdict() for finding in found.findings], "logs": logs,
    }  # fmt: skip


def show(found: "Report") -> None:
    """Print a report for people."""
    for log in found.logs:
        tail = f", {log.tail} not covered by a note yet" if log.tail else ""
        about = f"{log.kind} {log.tenant_id}: {log.rows} rows, {log.notes} notes up to {log.anchored}{tail}"
        out.print(about, markup=False, soft_wrap=True)
    for finding in found.findings:
        out.print(described(finding), markup=False, soft_wrap=True, style="red")
    verdict = "Everything is as it was signed." if found.clean else "This is not what was signed."
    out.print(f"{found.rows} rows in {found.seconds:.1f} s. {verdict}", markup=False, soft_wrap=True)


def described(finding: "Finding") -> str:
    """Return a finding as a line."""
    from adapters.merkle.findings import MEANING

    parts = [f"{finding.act}: {MEANING[finding.act]}"]
    if finding.tenant_id is not None:
        parts.append(f"{finding.kind} of {finding.tenant_id}")
    if finding.position is not None:
        parts.append(f"first at position {finding.position}")
    if finding.stream_id is not None:
        parts.append(f"stream {finding.stream_id} version {finding.version}")
    if finding.affected > 1:
        parts.append(f"{finding.affected} rows")
    if not finding.proven:
        parts.append("in the part that no note covers")
    return "; ".join([*parts, finding.detail] if finding.detail else parts)
