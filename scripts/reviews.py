"""What the commands of a review share: whose database, whose eyes, and times as people write them."""

import getpass
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

import typer

from domain.access.purpose import PurposeOfUse
from scripts.terminal import FAILED, UNUSABLE, fail, one_line

if TYPE_CHECKING:
    from adapters.review.opening import Operator, Watch
    from adapters.review.review import Review
    from application.ports.history import MayOpen

T = TypeVar("T")
CONNECT_SECONDS = 10
WRONG_ID = "Is it the right clinic, and the right kind of id?"
Tenant = Annotated[UUID, typer.Option(help="Id of the clinic.")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="Read this database, a restored copy for example, instead of the installation's.")
]
Unopened = Annotated[bool, typer.Option("--unopened", help="Leave every personal field closed.")]
WithNotes = Annotated[bool, typer.Option("--with-notes", help="Open mental-health notes too.")]
As = Annotated[
    UUID | None, typer.Option("--as", help="Id of who looks; otherwise one that stands for the system's user.")
]
Purpose = Annotated[PurposeOfUse, typer.Option(help="Why, as the access log will say (HL7 v3 PurposeOfUse).")]


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


class Viewer(NamedTuple):
    """Who looks with which command, and what of which clinic is read where."""

    tool: str
    tenant: UUID
    operator: UUID | None
    purpose: PurposeOfUse
    database_url: str | None


@asynccontextmanager
async def reviewing(viewer: Viewer, asked: UUID | None = None) -> "AsyncIterator[tuple[Review, Watch]]":
    """Have a review over the database named, else the installation's own, and what records looks in the latter.

    The installation's own is read as its auditor, another one with the login that its URL names.
    ``asked`` is the person whose history is wanted. A look that finds nothing is recorded too.
    """
    import psycopg

    from adapters.logins import Role, reaching, url_for
    from adapters.postgres.roles import check_login
    from adapters.review.opening import reviewing as opened
    from adapters.review.opening import watching
    from adapters.settings import Settings, settings
    from domain.kernel.errors import NotFound

    chosen = settings()
    other = Settings(database_url=viewer.database_url).database_url if viewer.database_url else None
    operator = operator_of(viewer.tool, viewer.operator, viewer.purpose)
    with reaching(chosen, Role.AUDITOR) as own_url:
        if other:
            psycopg.connect(other, connect_timeout=CONNECT_SECONDS).close()  # says at once, in one line, what is wrong
        check_login(own_url, Role.AUDITOR)
        key_url = url_for(chosen, Role.KEYS)
        people = [asked] if asked else []
        async with (
            watching(chosen, url_for(chosen, Role.APP), key_url, viewer.tenant, operator, people) as watch,
            opened(chosen, other or own_url, other or key_url) as review,
        ):
            try:
                yield review.watched(watch.saw), watch
            except NotFound:
                await watch(0)
                raise


def operator_of(tool: str, given: UUID | None, purpose: PurposeOfUse) -> "Operator":
    """Return who looks with a command: the one ``given``, else an id that stands for the system's user."""
    from adapters.review.opening import Operator
    from domain.kernel.ids import derived_id

    user = _user()
    return Operator(
        given or derived_id("operator", user), purpose, f"caretrail {tool}", f"{user}@{socket.gethostname()}"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number nobody has named
        return str(os.getuid())


def answered(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work``; what cannot be done is told in one line."""
    import asyncio

    import psycopg
    from psycopg_pool import PoolTimeout

    from adapters.vault.alarms import UnknownKey
    from application.ports.access_log import AccessNotRecorded
    from application.ports.key_management import WrongRootKey
    from domain.kernel.errors import NotFound, Refused

    try:
        return asyncio.run(work())
    except AccessNotRecorded as error:
        raise fail(
            f"{error.message} Looks are recorded in the installation's own database. See `caretrail doctor`.", UNUSABLE
        ) from None
    except NotFound as missing:
        hint = "" if missing.details.keys() - {"id"} else f" {WRONG_ID}"
        raise fail(missing.message + hint, FAILED) from None
    except Refused as refused:
        raise fail(refused.message, UNUSABLE) from None
    except (WrongRootKey, UnknownKey) as error:
        raise fail(f"{one_line(error)}. Name the right key file: CARETRAIL_ROOT_KEY_FILE.", UNUSABLE) from None
    except (psycopg.Error, PoolTimeout) as error:
        raise fail(
            f"{one_line(error)}. Is the database there and migrated? See `caretrail doctor`.", UNUSABLE
        ) from None
