"""Who may do what in the database: its catalogue beside a list kept by hand, and each role trying what it must not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.embedded.databases import Databases
from adapters.logins import url_for
from adapters.postgres.roles import Role
from adapters.settings import Settings

EXPECTED = Path(__file__).with_name("grants.txt")
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
#: Tables of generations and the views over them come and go; they follow a rule instead of the list.
LASTING = f"""{OURS} AND n.nspname NOT IN (SELECT consumer || '_' || generation FROM consumers.generations)
    AND (c.relname IS NULL OR n.nspname <> 'read')"""
FOUND = f"""
    SELECT 'schema ' || n.nspname AS what, a.grantee, a.privilege_type AS may, n.nspowner AS owner
    FROM pg_namespace n LEFT JOIN pg_class c ON false, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    WHERE {LASTING} AND n.nspname <> 'public'
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || n.nspname || '.' || c.relname, a.grantee,
        a.privilege_type, c.relowner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
    WHERE {LASTING} AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'table ' || n.nspname || '.' || c.relname, a.grantee, a.privilege_type || ' ' || t.attname, c.relowner
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(t.attacl) a
    WHERE {LASTING}
    UNION ALL
    SELECT 'function ' || p.oid::regproc, a.grantee, a.privilege_type, p.proowner
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN pg_class c ON false,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE {LASTING}"""
LIST = f"""
    SELECT what, string_agg(who || ' ' || may, '; ' ORDER BY who) FROM (
        SELECT what,
            CASE WHEN grantee = 0 THEN 'public' ELSE replace(grantee::regrole::text, 'caretrail_', '') END AS who,
            string_agg(DISTINCT lower(may), ', ' ORDER BY lower(may)) AS may
        FROM ({FOUND}) AS found WHERE grantee <> owner GROUP BY 1, 2
    ) AS granted GROUP BY 1 ORDER BY 1"""


@pytest.fixture(scope="module")
def url(prepared_databases: Databases) -> Iterator[str]:
    """A database with the first generation of every read model."""
    made = prepared_databases.fresh()
    yield made
    prepared_databases.drop(made)


def asked(url: str, query: str, *parameters: object) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


def as_role(url: str, role: Role) -> str:
    return url_for(Settings(database_url=url), role)


def listed() -> list[tuple[str, ...]]:
    lines = [line for line in EXPECTED.read_text().splitlines() if line and not line.startswith("#")]
    return sorted(tuple(part.strip() for part in line.split("|", 1)) for line in lines)


class TestEveryGrant:
    def test_is_one_of_the_list(self, url: str) -> None:
        assert sorted(asked(url, LIST)) == listed(), "change tests/adapters/grants.txt by hand when this is meant"

    def test_on_a_read_models_table_is_the_projectors_and_to_read_it_the_applications_too(self, url: str) -> None:
        grants = asked(
            url,
            f"""
            SELECT DISTINCT c.relkind::text, a.grantee::regrole::text, a.privilege_type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            WHERE c.relkind IN ('r', 'v') AND {OURS} AND NOT ({LASTING}) AND a.grantee <> c.relowner
            ORDER BY 1, 2, 3""",
        )
        writes = [("r", "caretrail_projector", may) for may in ("DELETE", "INSERT", "SELECT", "UPDATE")]
        reads = [("v", who, "SELECT") for who in ("caretrail_app", "caretrail_projector")]
        assert grants == [("r", "caretrail_app", "SELECT"), *writes, *reads]

    def test_on_the_database_opens_it_to_logins_alone(self, url: str) -> None:
        grants = asked(
            url,
            """
            SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database d, aclexplode(d.datacl) a
            WHERE d.datname = current_database() AND a.grantee <> d.datdba""",
        )
        assert ("caretrail_migrator", "CREATE") in grants
        assert ("caretrail_projector", "TEMPORARY") in grants
        others = {who: may for who, may in grants if who not in ("caretrail_migrator", "caretrail_projector")}
        assert set(others.values()) == {"CONNECT"}
        assert {name.rpartition("_")[0] for name in others} == {role.group for role in Role}


class TestFunctions:
    def test_that_act_with_their_owners_rights_look_names_up_where_nobody_else_can_plant_any(self, url: str) -> None:
        definers = asked(
            url,
            f"""
            SELECT p.oid::regproc::text, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.prosecdef AND {OURS}""",
        )
        assert len(definers) >= 10
        for name, settings in definers:
            assert "search_path=pg_catalog, pg_temp" in (settings or ()), name


class TestOwnership:
    def test_is_with_the_group_that_no_process_logs_in_for(self, url: str) -> None:
        owners = asked(
            url,
            f"""
            SELECT DISTINCT c.relowner::regrole::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE {OURS}
            UNION SELECT DISTINCT p.proowner::regrole::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE {OURS}
            UNION SELECT DISTINCT n.nspowner::regrole::text FROM pg_namespace n
            WHERE {OURS} AND n.nspname <> 'public'""",
        )
        assert owners == [("caretrail_migrator",)]


class TestRole:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.MIGRATOR])
    def test_changes_no_event_whatever_it_tries(self, url: str, role: Role) -> None:
        for act in (
            "INSERT INTO event_store.events SELECT NULL",
            "UPDATE event_store.events SET data = '{}'", "DELETE FROM event_store.events",
            "TRUNCATE event_store.events", "ALTER TABLE event_store.events DISABLE TRIGGER ALL",
            "SET session_replication_role = replica", "SELECT nextval('event_store.position_seq')",
            "CREATE TABLE public.mine ()", "CREATE SCHEMA mine", "SET ROLE caretrail_migrator",
        ):  # fmt: skip
            with psycopg.connect(as_role(url, role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(act.encode())

    @pytest.mark.parametrize("role", [Role.APP, Role.PROJECTOR, Role.AUDITOR, Role.ANALYST])
    def test_without_keys_sees_nothing_of_the_vault(self, url: str, role: Role) -> None:
        for (table,) in asked(url, "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'vault'::regnamespace"
                                   " AND relkind = 'r'"):  # fmt: skip
            with psycopg.connect(as_role(url, role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT FROM {table}".encode())

    def test_of_keys_sees_nothing_but_the_vault(self, url: str) -> None:
        assert {schema for schema, _ in readable(url, Role.KEYS)} == {"vault"}

    def test_of_the_auditor_can_write_nothing(self, url: str) -> None:
        assert writable(url, Role.AUDITOR) == []
        assert readable(url, Role.AUDITOR) > {("event_store", "events"), ("access_log", "entries")}

    def test_of_the_analyst_sees_only_what_is_de_identified(self, url: str) -> None:
        assert writable(url, Role.ANALYST) == []
        assert {schema for schema, _ in readable(url, Role.ANALYST)} <= {"deid"}


def readable(url: str, role: Role) -> set[tuple[str, str]]:
    return set(_may(url, role, "SELECT"))


def writable(url: str, role: Role) -> list[tuple[str, str]]:
    return _may(url, role, "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES")


def _may(url: str, role: Role, what: str) -> list[tuple[str, str]]:
    """Return (schema, name) of tables and views on which the role may do any of ``what``, in any column."""
    return asked(as_role(url, role), f"""
        SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND c.relkind IN ('r', 'p', 'v', 'm') AND has_schema_privilege(n.oid, 'USAGE')
            AND (has_table_privilege(c.oid, %s) OR has_any_column_privilege(c.oid, %s))""",
        what, ", ".join(w for w in what.split(", ") if w in {"SELECT", "INSERT", "UPDATE", "REFERENCES"}))  # fmt: skip
