"""Whether an acknowledged commit survives a crash of the server: asked at every start, and by `doctor`."""

from typing import Any

from psycopg_pool import AsyncConnectionPool

SETTINGS = ("fsync", "full_page_writes", "data_checksums", "synchronous_commit")
SYNCHRONOUS = frozenset({"on", "remote_write", "remote_apply"})
#: What may be lost without: silently damaged pages are noticed late, but no acknowledged commit is.
TOLERATED = frozenset({"data_checksums"})
SHOWN = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"


class NotDurable(Exception):
    """The server is set up so that it may lose what it has acknowledged."""


def shortcomings(shown: dict[str, str]) -> dict[str, str]:
    """Return the settings (of :data:`SETTINGS`, as shown) that are not as they must be."""
    wrong = {name: shown.get(name, "unknown") for name in SETTINGS[:3] if shown.get(name) != "on"}
    if shown.get("synchronous_commit") not in SYNCHRONOUS:
        wrong["synchronous_commit"] = shown.get("synchronous_commit", "unknown")
    return wrong


async def assert_durable(pool: AsyncConnectionPool[Any]) -> None:
    """Raise NotDurable when the server may lose acknowledged commits."""
    async with pool.connection() as connection:
        shown = dict(await (await connection.execute(SHOWN, (list(SETTINGS),))).fetchall())
    wrong = {name: value for name, value in shortcomings(shown).items() if name not in TOLERATED}
    if wrong:
        stated = ", ".join(f"{name} is {value}" for name, value in wrong.items())
        raise NotDurable(f"this PostgreSQL may lose acknowledged commits: {stated}")
