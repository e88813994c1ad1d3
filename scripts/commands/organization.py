"""Makes organisations from outside, and invites who shall keep them: the first day of an installation."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import OK, UNUSABLE, AsJson, commands, fail, manual, one_line, report

if TYPE_CHECKING:
    from adapters.bootstrap import Services

app = commands()
Email = Annotated[str, typer.Option("--email", help="Where the link goes; only an account with it can use it.")]


@app.callback(
    no_args_is_help=True,
    epilog=manual("caretrail organization create --name Chiado --admin-email ana@example.org", exits={OK: "done"}),
)
def organization() -> None:
    """Begin organisations, and invite people to them."""


@app.command(
    epilog=manual(
        "caretrail organization create --name 'Clínica do Chiado' --admin-email ana@example.org --zone Europe/Lisbon",
        exits={OK: "begun, and its first administrator invited", UNUSABLE: "refused, or no database"},
    )
)
def create(
    name: Annotated[str, typer.Option(help="What it is called.")],
    admin_email: Annotated[str, typer.Option(help="Address of its first administrator.")],
    kind: Annotated[str, typer.Option(help="clinic, practice or agency.")] = "clinic",
    zone: Annotated[str, typer.Option(help="IANA time zone.")] = "UTC",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "EUR",
    locale: Annotated[str, typer.Option(help="Language tag, as pt-PT.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Begin an organisation; a link to become its administrator goes to an address."""
    from domain.identity.giving import ADMINISTRATOR
    from domain.identity.kinds import OrganizationKind
    from domain.identity.organization import Details

    kinds = [each.value for each in OrganizationKind if each is not OrganizationKind.PERSONAL]
    if kind not in kinds:
        raise fail(f"No such kind: {kind}. There are: {', '.join(kinds)}.", UNUSABLE)

    async def work(services: "Services") -> dict[str, Any]:
        from application.identity.create_organization import CreateOrganization
        from domain.identity.email import normalised

        address, organization_id = normalised(admin_email), services.new_id()
        details = Details(name.strip(), zone, currency, locale)
        command = CreateOrganization(kind=OrganizationKind(kind), details=details, founder=None)
        await services.dispatcher.dispatch(command, _context(services, organization_id))
        return await _invited(services, organization_id, address, [ADMINISTRATOR])

    _told(work, as_json)


@app.command(
    epilog=manual(
        "caretrail organization invite --organization 019… --email rui@example.org --role doctor",
        exits={OK: "invited", UNUSABLE: "refused, no such organisation, or no database"},
    )
)
def invite(
    organization: Annotated[UUID, typer.Option(help="Id of the organisation.")],
    email: Email,
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    as_json: AsJson = False,
) -> None:
    """Invite someone in the operator's name, as when the first link was never used."""

    async def work(services: "Services") -> dict[str, Any]:
        return await _invited(services, organization, email, role)

    _told(work, as_json)


async def _invited(services: "Services", organization_id: UUID, email: str, roles: list[str]) -> dict[str, Any]:
    from datetime import UTC, datetime

    from application.identity.doors import Visit
    from application.identity.inviting import invite
    from application.kernel.context import Outcome
    from application.kernel.dispatch import Command

    async def run(command: Command) -> Outcome:
        return await services.dispatcher.dispatch(command, _context(services, organization_id))

    request_id = services.new_id()
    visit = Visit("", "", datetime.now(UTC), request_id, request_id)
    outcome = await invite(services.identity.doors, visit, organization_id, run, email=email, roles=roles)
    return {"organization": str(organization_id), "invitation": str(outcome.id), **outcome.answer}


def _context(services: "Services", organization_id: UUID) -> Any:
    from datetime import UTC, datetime

    from application.kernel.context import Caller, Context
    from domain.kernel.ids import derived_id

    return Context(
        caller=Caller(organization_id, derived_id("operator"), frozenset({"system"})),
        command_id=services.new_id(),
        now=datetime.now(UTC),
        new_id=services.new_id,
        correlation_id=services.new_id(),
    )


def _told(work: Callable[["Services"], Awaitable[dict[str, Any]]], as_json: bool) -> None:
    import asyncio

    from adapters.bootstrap import open_services
    from adapters.settings import settings
    from domain.kernel.errors import Refused

    async def done() -> dict[str, Any]:
        services = await open_services(settings(), 4)
        try:
            return await work(services)
        finally:
            await services.close()

    try:
        facts = asyncio.run(done())
    except Refused as refused:
        raise fail(one_line(refused), UNUSABLE) from None
    text = f"organization {facts['organization']}\ninvitation {facts['invitation']} until {facts['expiresAt']}"
    report(facts, as_json=as_json, text=text)
