"""Many databases on one server: a migrated template, and fresh copies of it that cost milliseconds each."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from adapters.postgres.roles import admit


def on_database(url: str, name: str) -> str:
    """Return ``url`` with another database name."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{name}{query}"


class Databases:
    """Fresh databases on the server of ``url``, each a copy of one that ``prepare`` was run on once.

    Copies are open to the logins ``names``.
    """

    def __init__(self, url: str, prepare: Callable[[str], object], names: Sequence[str] = ()) -> None:
        self.url = url
        self.names = names
        self.prefix = f"caretrail_{secrets.token_hex(4)}"
        self.made = 0
        self._execute("CREATE DATABASE {} TEMPLATE template0", self._template)
        try:
            prepare(on_database(url, self._template))
        except BaseException:
            self.close()
            raise

    @property
    def _template(self) -> str:
        return f"{self.prefix}_template"

    def fresh(self) -> str:
        """Make a copy of the template; return its URL."""
        return self.copy(on_database(self.url, self._template))

    def copy(self, url: str) -> str:
        """Make a copy of a database to which nobody is connected; return its URL."""
        self.made += 1
        name = f"{self.prefix}_{self.made}"
        source = urlsplit(url).path.removeprefix("/")
        with psycopg.connect(self.url, autocommit=True) as connection:
            _execute(connection, "CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log", name, source)
            admit(connection, name, self.names)
        return on_database(self.url, name)

    def empty(self) -> str:
        """Make a database with nothing in it; return its URL."""
        self.made += 1
        name = f"{self.prefix}_{self.made}"
        self._execute("CREATE DATABASE {} TEMPLATE template0", name)
        return on_database(self.url, name)

    def drop(self, url: str) -> None:
        """Remove a database made here; whoever is still connected is sent away."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(url).path.removeprefix("/"))

    def close(self) -> None:
        """Remove the template, and every database made here that is left."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            ours = b"SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(ours, (f"{self.prefix}_",)).fetchall():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            _execute(connection, statement, *names)


def _execute(connection: psycopg.Connection[Any], statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
