"""Copies of a running house's database, made and brought back by PostgreSQL's own tools."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import struct_passwd
from typing import Any

import psycopg
from psycopg import sql

from adapters.embedded.databases import on_database
from adapters.embedded.ground import owned_directory, server_user
from adapters.embedded.postgres import BINARIES, EmbeddedPostgres
from adapters.logins import bring_up
from adapters.settings import Settings


def dump(url: str, file: Path) -> Path:
    """Dump a database, as it is at one moment; return the file."""
    _tool("pg_dump", "--format=custom", f"--file={file}", f"--dbname={url}")
    return file


@contextmanager
def dump_restored(settings: Settings, url: str, file: Path, name: str) -> Iterator[str]:
    """Bring a dump back into a database of its own on the server of ``url``, and migrate it as after any restore; give
    its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    restored = on_database(url, name)
    try:
        _tool("pg_restore", "--exit-on-error", f"--dbname={restored}", str(file))
        bring_up(settings, restored)
        yield restored
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def base_backup(server: EmbeddedPostgres, home: Path) -> EmbeddedPostgres:
    """Copy a whole running server, with the log that makes the copy whole; return the server of the copy."""
    owned_directory(home)
    user = server_user()
    _tool("pg_basebackup", f"--dbname={server.url}", f"--pgdata={home}", "--checkpoint=fast", "--wal-method=stream",
          user=user)  # fmt: skip
    for lock in home.glob(".s.PGSQL.*"):  # of the server that was copied
        lock.unlink()
    shutil.copy2(server.home.with_suffix(".password"), home.with_suffix(".password"))
    return EmbeddedPostgres(home)


@contextmanager
def backup_restored(settings: Settings, copy: EmbeddedPostgres) -> Iterator[str]:
    """Start the copy of a server, and migrate it as after any restore; give its URL."""
    copy.start()
    try:
        bring_up(settings, copy.url)
        yield copy.url
    finally:
        copy.stop()


def _tool(program: str, *arguments: str, user: struct_passwd | None = None) -> None:
    """Run a program, as another user if need be: without our groups, which would count before what all may do."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run([str(BINARIES / program), *arguments], env=clean, cwd="/", check=True, capture_output=True, **who)
