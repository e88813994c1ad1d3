"""Evidence for people outside: proofs of single events and of growth, and bundles that prove themselves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, fail, manual, one_line, report

if TYPE_CHECKING:
    from adapters.evidence.bundle import Packed
    from adapters.evidence.choice import Choice
    from adapters.settings import Settings
    from application.kernel.context import Caller

app = commands()
TOKEN = "CARETRAIL_TOKEN"  # noqa: S105  # the variable's name
Which = Annotated[Literal["events", "access"], typer.Option(help="Which log: what happened, or who looked.")]


@app.command(
    epilog=manual(
        "caretrail audit prove 81234",
        "caretrail audit prove 019…/3 --json > proof.json",
        "caretrail audit prove --tenant 019… --from 5000 --to 70000",
        exits={OK: "proven", FAILED: "not what was signed, or not covered yet", UNUSABLE: "nothing of that name"},
    )
)
def prove(
    event: Annotated[
        str | None, typer.Argument(help="An event: its position, or its stream and version (ID/3).")
    ] = None,
    tenant: Annotated[UUID | None, typer.Option(help="For growth: whose log.")] = None,
    older: Annotated[int | None, typer.Option("--from", min=0, help="For growth: the older size, in leaves.")] = None,
    newer: Annotated[int | None, typer.Option("--to", min=0, help="The newer size; the newest if absent.")] = None,
    log: Which = "events",
    as_json: AsJson = False,
) -> None:
    """Prove that an event is in its log as it was signed, or that a log only grew between two sizes.

    The proof is tried before it is printed. It holds no personal data: contents as SHA-256.
    """
    from adapters.evidence.proofs import EventId, Log, consistency, inclusion
    from adapters.postgres.steps import drive_now
    from domain.kernel.errors import Invalid, NotFound, Refused
    from scripts.database import connected

    growth = tenant is not None and older is not None
    if (event is None) is not growth or (event is not None and (older, newer) != (None, None)):
        raise fail("Name an event, or give --tenant and --from.", UNUSABLE)
    try:
        if event is not None:
            steps, told = inclusion(log, EventId.parse(event), tenant), _inclusion
        else:
            assert tenant is not None
            assert older is not None
            steps, told = consistency(Log(log, tenant), older, newer), _growth
        with connected("auditor") as connection:
            proven: dict[str, Any] = drive_now(connection, steps)
    except (Invalid, NotFound) as wrong:
        raise fail(wrong.message, UNUSABLE) from None
    except Refused as refused:
        raise fail(refused.message) from None
    report(proven, as_json=as_json, text=told(proven))


def _inclusion(proven: dict[str, Any]) -> str:
    event = proven["event"]
    lines = [
        f"event   position {event['position']}, stream {event['stream_id']} version {event['version']}",
        f"        {event['type']} of {event['recorded_at']}",
        f"leaf    {proven['leaf']}, number {proven['index']} of {proven['size']}",
        *(f"proof   {step}" for step in proven["proof"]),
        f"root    {proven['root']}",
    ]
    return "\n".join([*lines, "", proven["checkpoint"]])


def _growth(proven: dict[str, Any]) -> str:
    lines = [f"{end:<7} {proven[end]['size']} leaves, root {proven[end]['root']}" for end in ("from", "to")]
    notes = [proven[end]["checkpoint"] for end in ("from", "to") if proven[end]["checkpoint"]]
    return "\n".join([*lines, *(f"proof   {step}" for step in proven["proof"]), "", *notes])


@app.command(
    epilog=manual(
        "caretrail audit export --tenant 019… --out evidence.zip",
        "caretrail audit export --tenant 019… --patient 019…",
        "caretrail audit export --range 80000:81000 --json",
        f"{TOKEN}=… caretrail audit export --patient 019… --opened",
        exits={
            OK: "written",
            FAILED: "written, but what is stored is not what was signed: the bundle says where",
            UNUSABLE: "nothing chosen or nothing there, not permitted, or no key",
        },
    )
)
def export(
    tenant: Annotated[UUID | None, typer.Option(help="A clinic: alone, its whole log.")] = None,
    patient: Annotated[UUID | None, typer.Option(help="Every event about a person.")] = None,
    positions: Annotated[str | None, typer.Option("--range", help="Every event at positions A:B.")] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("evidence.zip"),
    notes: Annotated[Path | None, typer.Option(help="The folder outside; the installation's own if absent.")] = None,
    key: Annotated[Path | None, typer.Option(help="The signer's public key (PEM), where its own file is not.")] = None,
    opened: Annotated[
        bool, typer.Option("--opened", help=f"Personal fields in the clear, as {TOKEN} permits.")
    ] = False,
    log: Which = "events",
    as_json: AsJson = False,
) -> None:
    """Write a bundle that an outside auditor checks with openssl and the one script inside it, without Caretrail.

    Personal fields are ciphertext in it, unless --opened asks otherwise and the token in the environment has the
    permission audit:open for the clinic.
    """
    from adapters.evidence.choice import Choice
    from adapters.settings import settings

    choice, chosen = Choice(log, tenant, patient, _span(positions)), settings()
    if choice == Choice(log):
        raise fail("Say which events: --tenant, --patient or --range.", UNUSABLE)
    caller = _caller(chosen, choice) if opened else None
    if caller is not None:
        choice = choice._replace(tenant_id=caller.tenant_id)
    outside = notes or (chosen.anchors_directory if chosen.anchors_directory.is_dir() else None)
    packed = _written(chosen, choice, out, outside, _key(chosen, key), caller)
    facts = {"file": str(out), "logs": [log._asdict() for log in packed]}
    report(facts, as_json=as_json, text="\n".join([str(out), *map(_told, packed)]))
    if not all(log.sound for log in packed):
        raise fail("What is stored is not what was signed: verify.py in the bundle says where.")


def _written(
    chosen: "Settings", choice: "Choice", out: Path, outside: Path | None, key: str, caller: "Caller | None"
) -> "list[Packed]":
    """Write the bundle; personal fields opened if somebody is named who may see them, and that written down first."""
    import asyncio
    from contextlib import nullcontext
    from functools import partial

    from adapters.evidence.bundle import Bundle
    from adapters.evidence.choice import people
    from adapters.evidence.opener import PersonalFields
    from adapters.merkle.note import NotANote
    from domain.identity.policy import may_open
    from scripts.database import connected
    from scripts.progress import counting

    reaching_keys = connected("keys") if caller is not None else nullcontext()
    with connected("auditor") as connection, reaching_keys as keys, counting("exporting") as progress:
        subjects, count = people(connection, choice)
        if not count and not choice.whole:
            raise fail("There are no such events.", UNUSABLE)
        opener = None
        if caller is not None and keys is not None:
            asyncio.run(_recorded(chosen, caller, subjects, count))
            opener = PersonalFields(keys, chosen, partial(may_open, caller.roles))
        try:
            packed = Bundle(connection, choice, outside, opener, progress).write(out, key)
        except NotANote as damaged:
            raise fail(f"A checkpoint cannot be read: {damaged}.") from None
        except OSError as error:
            raise fail(one_line(error), UNUSABLE) from None
    return packed


def _told(log: "Packed") -> str:
    tail = f", {log.uncovered} younger than the newest checkpoint left out" if log.uncovered else ""
    return f"{log.log}: {log.events} events under a checkpoint over {log.size}{tail}"


def _span(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit() and int(first) <= int(last) < 1 << 63):
        raise fail("A range is two positions, the first one first: --range 1000:2000.", UNUSABLE)
    return int(first), int(last)


def _key(chosen: "Settings", given: Path | None) -> str:
    """Return the signer's public key in PEM."""
    from adapters.evidence.bundle import public_key_pem
    from adapters.merkle.signing import SignerFile

    if given is not None:
        return given.read_text()
    if not chosen.signer_key_path.exists():
        raise fail("The signer's key is not on this machine: give its public key with --key.", UNUSABLE)
    return public_key_pem(SignerFile(chosen.signer_key_path).public_key)


def _caller(chosen: "Settings", choice: "Choice") -> "Caller":
    """Return who asks for personal fields, whose they may be."""
    import os

    from adapters.identity.access_tokens import Jwts
    from adapters.identity.identity import open_ring
    from api.security import caller_of
    from application.ports.tokens import NotAuthenticated
    from domain.identity.policy import permits

    try:
        caller = caller_of(Jwts(open_ring(chosen), chosen.token_seconds).read(os.environ.get(TOKEN, "")))
    except NotAuthenticated:
        raise fail(f"--opened needs a valid token in {TOKEN}.", UNUSABLE) from None
    if not permits(caller.roles, "audit:open") or choice.tenant_id not in (None, caller.tenant_id):
        raise fail("The token does not permit personal fields of these events to be opened.", UNUSABLE)
    return caller


async def _recorded(chosen: "Settings", caller: "Caller", subjects: list[UUID], count: int) -> None:
    """Write down who takes whose data out of the house, before any of it is opened."""
    from uuid_utils.compat import uuid7

    from adapters.bootstrap import open_services
    from domain.access.looks import Look
    from domain.access.purpose import PurposeOfUse

    look = Look(
        actor=caller.actor_id,
        on_behalf_of=caller.on_behalf_of,
        purpose=PurposeOfUse(caller.purpose or PurposeOfUse.HCOMPL),
        action="audit:open",
        resource="audit export",
        request_id=uuid7(),
        subjects=subjects,
        count=count,
        release=True,
    )
    services = await open_services(chosen, 2)
    try:
        await services.access_log.record(caller.tenant_id, look.entry())
    finally:
        await services.close()
