"""What the database's catalogue says of the wall between tenants; each look returns what is not as it must be."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
WITH_TENANT = """EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
    AND NOT a.attisdropped)"""
GENERATED = "n.nspname IN (SELECT consumer || '_' || generation FROM consumers.generations)"
TABLES = f"""FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS} AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'"""
NAME = "n.nspname || '.' || c.relname"

_UNPROTECTED = f"SELECT {NAME} {TABLES} AND {WITH_TENANT} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
_POLICIES = f"""SELECT {NAME}, p.polname::text, p.polpermissive, p.polcmd::text,
        ARRAY(SELECT CASE WHEN o = 0 THEN 'public' ELSE o::regrole::text END FROM unnest(p.polroles) o ORDER BY 1),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS}"""
_GRANTED = f"""SELECT DISTINCT {NAME}, CASE WHEN a.grantee = 0 THEN 'public' ELSE a.grantee::regrole::text END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        LATERAL (SELECT (aclexplode(c.relacl)).grantee
                 UNION SELECT (aclexplode(t.attacl)).grantee FROM pg_attribute t WHERE t.attrelid = c.oid) a
    WHERE {OURS} AND c.relkind IN ('r', 'p') AND {WITH_TENANT} AND a.grantee <> c.relowner"""
_UNIQUE = f"""SELECT {NAME}, string_agg(a.attname, ', ' ORDER BY k.n)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE {OURS} AND i.indisunique AND {WITH_TENANT} GROUP BY 1, i.indexrelid"""
_TENANTLESS = f"SELECT {NAME} {TABLES} AND NOT {WITH_TENANT}"
_LOGINS = """SELECT r.rolname::text,
        r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
        EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),
        pg_has_role(r.oid, 'caretrail_migrator', 'MEMBER'), pg_has_role(r.oid, d.datdba, 'MEMBER')
    FROM pg_roles r, pg_database d
    WHERE d.datname = current_database() AND (r.rolname LIKE 'caretrail\\_%%')
        AND (NOT r.rolcanlogin OR r.rolname = ANY(%s))"""
_PUBLIC = f"""
    SELECT 'schema ' || n.nspname, a.grantee FROM pg_namespace n,
        aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE {OURS}
    UNION ALL SELECT 'relation ' || {NAME}, a.grantee FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(c.relacl) a WHERE {OURS}
    UNION ALL SELECT 'column ' || {NAME} || '.' || t.attname, a.grantee
        FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(t.attacl) a WHERE {OURS}
    UNION ALL SELECT 'function ' || p.oid::regprocedure, a.grantee
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE {OURS}
    UNION ALL SELECT 'database', a.grantee FROM pg_database d, aclexplode(d.datacl) a
        WHERE d.datname = current_database()"""
_DEFINERS = f"""SELECT n.nspname || '.' || p.proname, coalesce(p.proconfig, '{{}}')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS} AND p.prosecdef"""
_COPIES = f"""SELECT {NAME} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS} AND (c.relkind = 'm' OR c.relispartition)
        AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)"""
_VIEWS = f"""SELECT {NAME} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS} AND c.relkind = 'v'
        AND NOT coalesce(c.reloptions, '{{}}') && ARRAY['security_invoker=true', 'security_invoker=on']"""


def unprotected(connection: Connection) -> list[str]:
    """Tables with a tenant whose row-level security is not enabled and forced."""
    return _names(connection, _UNPROTECTED)


def bent(connection: Connection, policies: Mapping[str, tuple[tuple[str, ...], str]]) -> list[str]:
    """Policies that are not word for word as listed (by name: for which roles, which condition), or are missing."""
    wanted = {name: (list(roles), condition) for name, (roles, condition) in policies.items()}
    found: dict[str, set[str]] = {table: set() for table in tenant_tables(connection)}
    wrong = []
    for table, name, permissive, command, roles, using, check in _rows(connection, _POLICIES):
        if (permissive, command, using) != (True, "*", check) or wanted.get(name) != (roles, using):
            wrong.append(f"{table}: {name}")
        found.setdefault(table, set()).add(name)
    return sorted(wrong + [f"{table}: no {name}" for table, names in found.items() for name in wanted.keys() - names])


def unruled(connection: Connection) -> list[str]:
    """Roles granted anything on a table with a tenant for whom it has no policy."""
    ruled = {(table, role) for table, _, _, _, roles, _, _ in _rows(connection, _POLICIES) for role in roles}
    return sorted(f"{table}: {role}" for table, role in set(_rows(connection, _GRANTED)) - ruled)


def keys_without_tenant(connection: Connection) -> list[str]:
    """Primary keys and unique constraints of tables with a tenant that do not begin with it."""
    return sorted(
        f"{table} ({columns})"
        for table, columns in _rows(connection, _UNIQUE)
        if not (columns or "").startswith("tenant_id")
    )


def tenantless(connection: Connection) -> list[str]:
    """Tables without a tenant."""
    return _names(connection, _TENANTLESS)


def too_powerful(connection: Connection, logins: list[str], migrator: str) -> list[str]:
    """Our groups and logins that are above the wall, or behind no wall because they own what it stands before."""
    found = connection.execute(_LOGINS.encode(), (logins,)).fetchall()
    return sorted(
        name
        for name, almighty, owns, owner, database in found
        if almighty
        or (owns and name != "caretrail_migrator")
        or (name not in {"caretrail_migrator", migrator} and (owner or database))
    )


def public_grants(connection: Connection) -> list[str]:
    """What everybody may do."""
    return sorted({what for what, grantee in _rows(connection, _PUBLIC) if grantee == 0})


def doors(connection: Connection) -> list[str]:
    """Functions that act with their owner's rights."""
    return sorted({name for name, _ in _rows(connection, _DEFINERS)})


def unpinned(connection: Connection) -> list[str]:
    """Those of them that look names up where somebody else could plant one."""
    pinned = "search_path=pg_catalog, pg_temp"
    return sorted({name for name, settings in _rows(connection, _DEFINERS) if pinned not in settings})


def granted_copies(connection: Connection) -> list[str]:
    """Materialised views and partitions somebody may read past the wall before what they are made of."""
    return _names(connection, _COPIES)


def owners_views(connection: Connection) -> list[str]:
    """Views read with their owner's rights."""
    return _names(connection, _VIEWS)


def tenant_tables(connection: Connection, *, lasting: bool = False) -> list[str]:
    """Return every table with a tenant; with ``lasting`` without those of generations of read models."""
    return _names(connection, f"SELECT {NAME} {TABLES} AND {WITH_TENANT}" + f" AND NOT {GENERATED}" * lasting)


def _names(connection: Connection, query: str) -> list[str]:
    return sorted(row[0] for row in _rows(connection, query))


def _rows(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(query.encode()).fetchall()
