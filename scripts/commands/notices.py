"""Shows what the spool holds for people: codes and links that somebody, or a mailer, has to hand over."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from scripts.terminal import OK, UNUSABLE, AsJson, commands, fail, manual, one_line, report

if TYPE_CHECKING:
    from adapters.bootstrap import Services

app = commands()


@app.command(
    epilog=manual(
        "caretrail notices",
        "caretrail notices --open --last 1",
        exits={OK: "shown, also when there are none", UNUSABLE: "no database to take the keys from"},
    )
)
def notices(
    last: Annotated[int, typer.Option(min=1, help="How many, counted from the latest.")] = 20,
    unseal: Annotated[
        bool, typer.Option("--open", help="Open what only the recipient may read: addresses, codes, links.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the notices that wait in the spool, the latest last. Without --open they are ids and nothing personal."""
    import asyncio

    from adapters.bootstrap import open_services
    from adapters.settings import settings
    from domain.kernel.errors import Refused

    async def found() -> list[dict[str, Any]]:
        services = await open_services(settings(), 2)
        try:
            return await _spooled(services, last, unseal=unseal)
        finally:
            await services.close()

    try:
        facts = asyncio.run(found())
    except Refused as refused:
        raise fail(one_line(refused), UNUSABLE) from None
    text = "\n".join(_line(notice) for notice in facts) or "No notice waits in the spool."
    report(facts, as_json=as_json, text=text)


async def _spooled(services: "Services", last: int, *, unseal: bool) -> list[dict[str, Any]]:
    notices = await services.notifier.waiting(last)
    if not unseal:
        return notices
    opened = [notice | {"for": await services.notifier.secret(UUID(notice["id"]))} for notice in notices]
    await _recorded(services, opened)
    return opened


async def _recorded(services: "Services", opened: list[dict[str, Any]]) -> None:
    """Leave in the log of accesses who opened whose notices, before they are shown."""
    from domain.access.looks import Look
    from domain.access.purpose import PurposeOfUse
    from domain.identity.platform import PLATFORM
    from scripts.reviews import operator_of

    who = operator_of("notices", None, PurposeOfUse.HSYSADMIN)
    look = Look(
        actor=who.id, purpose=who.purpose, action="notices:open", resource=who.tool, request_id=services.new_id(),
        subjects={UUID(notice["recipient"]) for notice in opened}, count=len(opened), agent=who.agent,
    )  # fmt: skip
    await services.access_log.record(PLATFORM, look.entry())


def _line(notice: dict[str, Any]) -> str:
    told = {**notice["ids"], **notice.get("for", {})}
    return " ".join([notice["at"], notice["template"], *(f"{name}={value}" for name, value in told.items())])
