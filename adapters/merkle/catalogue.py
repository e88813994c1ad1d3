"""The schema held against the migrations that made it: code in the database can lie about rows that are untouched."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from adapters.merkle.findings import Act, Finding
from adapters.postgres import migrate

_SCHEMA = re.compile(r"CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.IGNORECASE)
_FUNCTION = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+(\w+\.\w+)\s*\((.*?)\bAS\s+(\$\w*\$)(.*?)\3", re.IGNORECASE | re.DOTALL
)
_DROPPED = re.compile(r"DROP\s+FUNCTION\s+(?:IF\s+EXISTS\s+)?(\w+\.\w+)", re.IGNORECASE)
_TRIGGER = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+(\w+)", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)

_FUNCTIONS = b"""SELECT n.nspname || '.' || p.proname, p.prosrc, p.prosecdef
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY(%s)"""
_TRIGGERS = b"""SELECT t.tgname, c.oid::regclass::text, t.tgisinternal, t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s)"""
_RULES = b"""SELECT r.rulename, c.oid::regclass::text
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND r.rulename <> '_RETURN'"""
_UNIQUE = b"""SELECT string_agg(a.attname, ' ' ORDER BY k.n)
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
    GROUP BY i.indexrelid"""
_REPLICA = b"""SELECT coalesce(s.setrole::regrole::text, '') FROM pg_db_role_setting s
    WHERE EXISTS (SELECT FROM unnest(s.setconfig) AS c(line) WHERE c.line LIKE 'session_replication_role=%')"""
_APPLIED = b"SELECT name, checksum FROM public.migrations"
UNIQUE = {"event_store.events": ("position", "stream_id version"), "access_log.entries": ("position",)}


class Released(NamedTuple):
    """What the migrations say there is."""

    schemas: set[str]
    functions: dict[str, set[tuple[str, bool]]]
    triggers: set[str]


def released() -> Released:
    """Read the migrations: schemas, functions (body, SECURITY DEFINER) and triggers."""
    made = Released(set(), {}, set())
    for _, _, sql in migrate.files():
        made.schemas.update(name for name in _SCHEMA.findall(_COMMENT.sub("", sql)))
        for name in _DROPPED.findall(sql):
            made.functions.pop(name, None)
        here: dict[str, set[tuple[str, bool]]] = {}
        for name, head, _, body in _FUNCTION.findall(sql):
            here.setdefault(name, set()).add((body, "security definer" in head.lower()))
        made.functions.update(here)
        made.triggers.update(_TRIGGER.findall(_COMMENT.sub("", sql)))
    return made


def examine(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Return what is not as it was released."""
    expected = released()
    schemas = sorted(expected.schemas)
    details = [
        *_functions(connection, expected, schemas),
        *_triggers(connection, expected, schemas),
        *_constraints(connection),
        *_migrations(connection),
    ]
    return [Finding(Act.CATALOGUE_EDITED, "catalogue", detail=detail) for detail in details]


def _functions(connection: psycopg.Connection[Any], expected: Released, schemas: list[str]) -> Iterator[str]:
    found: dict[str, set[tuple[str, bool]]] = {}
    for name, body, definer in connection.execute(_FUNCTIONS, (schemas,)).fetchall():
        found.setdefault(name, set()).add((body, definer))
    for name in sorted(found.keys() | expected.functions.keys()):
        if name not in expected.functions:
            yield f"function {name} is not ours"
        elif name not in found:
            yield f"function {name} is missing"
        elif found[name] != expected.functions[name]:
            yield f"function {name} is not what was released"


def _triggers(connection: psycopg.Connection[Any], expected: Released, schemas: list[str]) -> Iterator[str]:
    for name, table, internal, enabled in connection.execute(_TRIGGERS, (schemas,)).fetchall():
        if not internal and name not in expected.triggers:
            yield f"trigger {name} on {table} is not ours"
        elif enabled != "O":
            yield f"trigger {name} on {table} does not fire as it was made to"
    for name, table in connection.execute(_RULES, (schemas,)).fetchall():
        yield f"rule {name} on {table} is not ours"
    for row in connection.execute(_REPLICA).fetchall():
        yield f"session_replication_role is set for {row[0] or 'every role'}"


def _constraints(connection: psycopg.Connection[Any]) -> Iterator[str]:
    for table, wanted in UNIQUE.items():
        unique = {row[0] for row in connection.execute(_UNIQUE, (table,)).fetchall()}
        for columns in wanted:
            if columns not in unique:
                yield f"{table} has lost its unique index on {columns.replace(' ', ', ')}"


def _migrations(connection: psycopg.Connection[Any]) -> Iterator[str]:
    applied: dict[str, str] = dict(connection.execute(_APPLIED).fetchall())
    for name, checksum, _ in migrate.files():
        if name in applied and applied[name] != checksum:
            yield f"migration {name} is recorded with another text"
