"""Who each process logs in as: the URL given for its role, else the administrator's with a login of this installation.

The installation's logins and their random passwords lie in one file beside the database, never in it.
"""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from adapters.embedded import servers
from adapters.kept import kept
from adapters.postgres.migrate import migrate
from adapters.postgres.roles import Login, Role
from adapters.settings import Settings


def url_for(settings: Settings, role: Role) -> str:
    """Return the URL of PostgreSQL with the login for ``role``; an embedded server is started for it if need be."""
    given = settings.url_of(role)
    return given or as_login(servers.database_url(settings), _login(settings, role))


@contextmanager
def reaching(settings: Settings, role: Role) -> Iterator[str]:
    """As :func:`url_for`, for a block; an embedded server that was started for it is stopped again."""
    if given := settings.url_of(role):
        yield given
        return
    with servers.database(settings) as url:
        yield as_login(url, _login(settings, role))


@contextmanager
def administering(settings: Settings) -> Iterator[str]:
    """Give the URL that migrations run with: the administrator's, unless one is given for the migrator."""
    if given := settings.url_of(Role.MIGRATOR):
        yield given
        return
    with servers.database(settings) as url:
        yield url


def as_login(url: str, login: Login) -> str:
    """Return ``url`` with another user and password."""
    parts = urlsplit(url)
    query = "&".join(pair for pair in parts.query.split("&") if pair.split("=")[0] not in {"user", "password"})
    host = parts.netloc.rpartition("@")[2]
    who = f"{quote(login.name, safe='')}:{quote(login.password, safe='')}"
    return f"{parts.scheme}://{who}@{host}{parts.path}{'?' if query else ''}{query}"


def logins(settings: Settings) -> list[Login]:
    """Return the login of every role."""
    return [_login(settings, role) for role in Role]


def environment(settings: Settings, database_url: str, roles: tuple[Role, ...]) -> dict[str, str]:
    """Return the variables that hand a child process these logins, and not the administrator's."""
    own = {role: settings.url_of(role) or as_login(database_url, _login(settings, role)) for role in roles}
    return {"DATABASE_URL": "", **{f"CARETRAIL_DATABASE_URL_{role.upper()}": url for role, url in own.items()}}


def bring_up(settings: Settings, url: str) -> list[str]:
    """Migrate as the administrator of ``url``, with this installation's logins; see :func:`migrate`."""
    return migrate(url, logins(settings))


def rotate(settings: Settings, url: str) -> list[str]:
    """As :func:`bring_up`, and every login gets a new password, or again the one its own URL gives."""
    path = settings.logins_path
    facts = _facts(settings) | {"passwords": _passwords()}
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(facts, file)
    applied = migrate(url, [_given(settings, role) or _kept(facts, role) for role in Role], new_passwords=True)
    new.replace(path)  # killed before this line, the file is behind the server: rotating again mends it
    return applied


def _login(settings: Settings, role: Role) -> Login:
    return _given(settings, role) or _kept(_facts(settings), role)


def _given(settings: Settings, role: Role) -> Login | None:
    url = settings.url_of(role)
    if url is None:
        return None
    parts = conninfo_to_dict(url)
    return Login(role, str(parts.get("user", "")), str(parts.get("password", "")))


def _kept(facts: Mapping[str, Any], role: Role) -> Login:
    return Login(role, f"{role.group}_{facts['installation']}", facts["passwords"][role])


def _facts(settings: Settings) -> dict[str, Any]:
    """Two installations on one cluster never meet: each made up a name for its logins when it made this file."""
    first = {"installation": secrets.token_hex(4), "passwords": _passwords()}
    facts: dict[str, Any] = json.loads(kept(settings.logins_path, lambda: json.dumps(first)))
    return facts


def _passwords() -> dict[Role, str]:
    return {role: secrets.token_hex(32) for role in Role}


__all__ = ["Role", "administering", "as_login", "bring_up", "environment", "logins", "reaching", "rotate", "url_for"]
