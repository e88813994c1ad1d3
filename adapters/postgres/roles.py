"""Database roles: groups hold the rights, each login belongs to one group, and a process may log in as nothing more.

Both belong to the cluster. Groups are shared by all its databases; a login is of one installation.
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from adapters.settings import Misconfigured

GROUPS = Path(__file__).with_name("roles.sql")
_WHO = b"""SELECT session_user::text,
        r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
        pg_has_role(session_user, d.datdba, 'MEMBER') OR EXISTS (
            SELECT FROM pg_class c WHERE c.oid >= 16384 AND c.relpersistence <> 't'
                AND pg_has_role(session_user, c.relowner, 'MEMBER')),
        ARRAY(SELECT g.rolname::text FROM pg_roles g
              WHERE g.rolname = ANY(%s) AND pg_has_role(session_user, g.oid, 'MEMBER'))
    FROM pg_roles r, pg_database d WHERE r.rolname = session_user AND d.datname = current_database()"""
_MEMBER = b"SELECT to_regrole(%s) IS NOT NULL, coalesce(pg_has_role(to_regrole(%s), to_regrole(%s), 'MEMBER'), false)"


class Role(StrEnum):
    """What a login is for. The rights are those of :attr:`group`, granted in the migrations."""

    MIGRATOR = "migrator"
    APP = "app"
    PROJECTOR = "projector"
    KEYS = "keys"
    AUDITOR = "auditor"
    ANALYST = "analyst"

    @property
    def group(self) -> str:
        """Name of the group role."""
        return f"caretrail_{self}"


class Login(NamedTuple):
    """Who logs in, for what."""

    role: Role
    name: str
    password: str


class TooPowerful(Misconfigured):
    """A process would log in as a superuser, as an owner, or with rights that are not its own."""


class MayNotMakeRoles(Misconfigured):
    """The administrator's login may not make roles or open the database to them."""


class CannotLogIn(Misconfigured, psycopg.OperationalError):
    """The database does not let this login in."""


def make_roles(connection: psycopg.Connection[Any], logins: Iterable[Login], *, anew: bool) -> None:
    """Make the groups and what is missing of ``logins``, open the database to them, and go on as the owner's group.

    ``anew``: logins that are there get their password again. Raises MayNotMakeRoles.
    """
    try:
        with connection.transaction():
            connection.execute(GROUPS.read_bytes())
            for login in logins:
                _make(connection, login, anew=anew)
            admit(connection, connection.info.dbname, [login.name for login in logins])
            connection.execute("SET ROLE caretrail_migrator")
    except psycopg.errors.InsufficientPrivilege as error:
        raise MayNotMakeRoles(
            f"{connection.info.user} may not set up the database's roles ({error.diag.message_primary}). Migrate as the"
            " server's administrator, or as the database's owner with CREATEROLE; or let an administrator make the"
            f" groups ({', '.join(role.group for role in Role)}) and a login in each, and name those by"
            " CARETRAIL_DATABASE_URL_APP and its like."
        ) from None


def admit(connection: psycopg.Connection[Any], database: str, names: Iterable[str]) -> None:
    """Close ``database`` to everybody but the logins ``names``. Such rights are no part of a copy or a dump."""
    rights = [
        ("REVOKE ALL ON DATABASE {} FROM {}", sql.SQL("PUBLIC")),
        ("GRANT CREATE ON DATABASE {} TO {}", sql.Identifier(Role.MIGRATOR.group)),
        ("GRANT TEMPORARY ON DATABASE {} TO {}", sql.Identifier(Role.PROJECTOR.group)),
        *(("GRANT CONNECT ON DATABASE {} TO {}", sql.Identifier(name)) for name in names),
    ]
    statements = [sql.SQL(statement).format(sql.Identifier(database), role) for statement, role in rights]
    connection.execute(sql.SQL("; ").join(statements))


def drop_logins(connection: psycopg.Connection[Any], names: Iterable[str]) -> None:
    """Remove logins that no database is open to any more."""
    for name in names:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def check_login(url: str, role: Role) -> None:
    """Raise CannotLogIn, or TooPowerful when the URL's login is more, or other, than a member of the role's group."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(_WHO, ([role.group for role in Role],)).fetchone()
    except psycopg.OperationalError as error:
        who = psycopg.conninfo.conninfo_to_dict(url).get("user", "nobody named")
        raise CannotLogIn(f"{who} cannot log in: `caretrail migrate` makes the logins. {error}") from None
    assert found, "every session has a user and a database"
    name, almighty, owner, groups = found
    if almighty:
        raise TooPowerful(f"{name} is a superuser, or may make roles or databases: no process may log in as that")
    if owner:
        raise TooPowerful(f"{name} owns what it should only use: no process may log in as that")
    if groups != [role.group]:
        raise TooPowerful(f"{name} is in {', '.join(groups) or 'no group of ours'}: {role.group} alone is wanted")


def _make(connection: psycopg.Connection[Any], login: Login, *, anew: bool) -> None:
    found = connection.execute(_MEMBER, (login.name, login.name, login.role.group)).fetchone()
    there, member = found or (False, False)
    if not there or anew:
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}" if there else "CREATE ROLE {} LOGIN PASSWORD {}")
        # Hashed here: the server, and so its log, never sees the password.
        verifier = connection.pgconn.encrypt_password(login.password.encode(), login.name.encode(), b"scram-sha-256")
        connection.execute(statement.format(sql.Identifier(login.name), sql.Literal(verifier.decode())))
    if not member:
        grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(login.role.group), sql.Identifier(login.name))
        connection.execute(grant)
