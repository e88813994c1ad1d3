"""Ordered SQL files, applied once each under a lock, with a checksum that tells when a released one was edited."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import psycopg

from adapters.postgres.roles import Login, make_roles
from projections.catalogue import READ_MODELS
from projections.kernel import generations

FOLDER = Path(__file__).with_name("migrations")
LOCK = 4_856_000_001


class MigrationEdited(Exception):
    """A migration that was applied here has been changed since."""


def files() -> list[tuple[str, str, str]]:
    """Return every migration in order: name, checksum, text."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        sql = path.read_text()
        found.append((path.stem, hashlib.sha256(sql.encode()).hexdigest(), sql))
    return found


def migrate(url: str, logins: Sequence[Login] = (), *, new_passwords: bool = False) -> list[str]:
    """Bring the database to the newest schema; return the names of what was applied now. Raises MigrationEdited.

    ``url`` is an administrator's: roles are made (see :func:`make_roles`; raises MayNotMakeRoles) and the database is
    opened to ``logins``; what migrations make belongs to ``caretrail_migrator``.
    """
    applied = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        make_roles(connection, logins, anew=new_passwords)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS public.migrations (name text PRIMARY KEY, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        known: dict[str, str] = dict(connection.execute("SELECT name, checksum FROM public.migrations").fetchall())
        for name, checksum, sql in files():
            if name in known:
                if known[name] != checksum:
                    raise MigrationEdited(f"{name} was edited after it had been applied: add a new migration instead")
                continue
            with connection.transaction():
                connection.execute(sql.encode())
                connection.execute("INSERT INTO public.migrations (name, checksum) VALUES (%s, %s)", (name, checksum))
            applied.append(name)
        generations.describe(connection, READ_MODELS.values())
        connection.execute("SELECT tenancy.protect_all()")
    return applied


def pending(url: str) -> list[str]:
    """Return the names of migrations not yet applied."""
    with psycopg.connect(url, autocommit=True) as connection:
        exists = connection.execute("SELECT to_regclass('public.migrations') IS NOT NULL").fetchone()
        known: set[str] = set()
        if exists and exists[0]:
            known = {row[0] for row in connection.execute("SELECT name FROM public.migrations").fetchall()}
    return [name for name, _, _ in files() if name not in known]
