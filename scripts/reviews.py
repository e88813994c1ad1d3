"""What the commands of a review share: whose database, whose eyes, and times as people write them."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from scripts.terminal import FAILED, UNUSABLE, fail, one_line

if TYPE_CHECKING:
    from adapters.review.review import Review
    from application.ports.history import MayOpen

T = TypeVar("T")
CONNECT_SECONDS = 10
WRONG_ID = "Is it the right clinic, and the right kind of id?"
Tenant = Annotated[UUID, typer.Option(help="Id of the clinic.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="Read this database, a restored copy for example, instead of the installation's.")
]
Unopened = Annotated[bool, typer.Option("--unopened", help="Leave every personal field closed; no key is needed.")]
WithNotes = Annotated[bool, typer.Option("--with-notes", help="Open mental-health notes too.")]


def moment(option: str, text: str | None) -> datetime | None:
    """Return the time an option gives, in UTC if it does not say; leave with UNUSABLE when it is none."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise fail(
            f"{option} {text!r} is not a time. Write 2026-03-01, 2026-03-01T09:30 (UTC) or 2026-03-01T09:30+01:00.",
            UNUSABLE,
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def opening(unopened: bool, with_notes: bool) -> "MayOpen":
    """Return what an operator may see: what an auditor may, and the notes that are kept apart when asked for."""
    from domain.identity.policy import may_open

    roles = frozenset({"auditor"} | ({"counselor"} if with_notes else set()))
    return lambda topic: not unopened and may_open(roles, topic)


@asynccontextmanager
async def reviewing(database_url: str | None) -> "AsyncIterator[Review]":
    """Have a review over the named database, else over the installation's own."""
    import psycopg

    from adapters.embedded.servers import database
    from adapters.review.opening import reviewing as opened
    from adapters.settings import Settings, settings

    chosen = Settings(database_url=database_url) if database_url else settings()
    with database(chosen) as url:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()  # says at once, in one line, what is wrong
        async with opened(chosen, url) as review:
            yield review


def answered(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work``; what cannot be done is told in one line."""
    import asyncio

    import psycopg
    from psycopg_pool import PoolTimeout

    from adapters.vault.alarms import UnknownKey
    from application.ports.key_management import WrongRootKey
    from domain.kernel.errors import NotFound, Refused

    try:
        return asyncio.run(work())
    except NotFound as missing:
        hint = "" if missing.details.keys() - {"id"} else f" {WRONG_ID}"
        raise fail(missing.message + hint, FAILED) from None
    except Refused as refused:
        raise fail(refused.message, UNUSABLE) from None
    except (WrongRootKey, UnknownKey) as error:
        raise fail(f"{one_line(error)}. Name the right key file (CARETRAIL_ROOT_KEY_FILE), or read --unopened.",
                   UNUSABLE) from None  # fmt: skip
    except (psycopg.Error, PoolTimeout) as error:
        raise fail(
            f"{one_line(error)}. Is the database there and migrated? See `caretrail doctor`.", UNUSABLE
        ) from None
