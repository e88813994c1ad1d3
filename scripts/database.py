"""A command's way to the database: the one that is named, else the embedded one, started for the command if need be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from scripts.terminal import UNUSABLE, fail, one_line


@contextmanager
def connected(role: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection in a database role that goes through every tenant, in autocommit mode; leaves the command with
    UNUSABLE when there is none."""
    from adapters.logins import Role, reaching
    from adapters.postgres.roles import check_login
    from adapters.postgres.tenancy import every_tenant
    from adapters.settings import settings

    try:
        with reaching(settings(), Role(role)) as url:
            check_login(url, Role(role))
            with psycopg.connect(every_tenant(url), autocommit=True) as connection:
                yield connection
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise fail(
            f"{one_line(error)}. Is the database there and migrated? See `caretrail doctor`.", UNUSABLE
        ) from None
