"""Every table with a tenant, tried by every login that may do anything with it, from wherever a connection may stand:
what belongs to another tenant cannot be seen, added, changed or removed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import DivisionByZero, InsufficientPrivilege, IntegrityError
from psycopg.pq import TransactionStatus

from adapters.embedded.databases import Databases
from adapters.logins import Role, url_for
from adapters.postgres.tenancy import enter, every_tenant
from adapters.settings import Settings
from tests.tenancy.catalogue import tenant_tables
from tests.tenancy.rows import count, fill, name_of, put, row

Connection = psycopg.Connection[Any]
OURS, THEIRS = uuid4(), uuid4()
READERS = (Role.APP, Role.AUDITOR, Role.KEYS)
ACTS = ("select", "insert", "update", "delete")


class Ground(NamedTuple):
    """A database in which every table has a row of both tenants."""

    url: str
    admin: Connection
    tables: list[str]

    def connect(self, role: Role) -> Connection:
        return psycopg.connect(url_for(Settings(database_url=self.url), role), autocommit=True)

    def granted(self, role: Role) -> list[str]:
        """The tables and views a role may do anything with."""
        may = """(has_table_privilege({0}, {1}, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege({0}, {1},
            'UPDATE')) AND has_schema_privilege({0}, {2}, 'USAGE')"""
        return [
            table
            for table in [*self.tables, *views(self.admin)]
            if one(self.admin, sql.SQL(may).format(role.group, table, table.split(".")[0]))
        ]


@contextmanager
def standing(databases: Databases) -> Iterator[Ground]:
    url = databases.fresh()
    with psycopg.connect(url, autocommit=True) as admin:
        tables = tenant_tables(admin)
        fill(admin, tables, (OURS, THEIRS))
        yield Ground(url, admin, tables)
    databases.drop(url)


@pytest.fixture(scope="module")
def ground(prepared_databases: Databases) -> Iterator[Ground]:
    with standing(prepared_databases) as made:
        yield made


@pytest.fixture(scope="module")
def open_ground(prepared_databases: Databases) -> Iterator[Ground]:
    """One where the application is granted everything: nothing but the policies holds it back."""
    grant = "GRANT USAGE ON SCHEMA {0} TO {1}; GRANT ALL ON ALL TABLES IN SCHEMA {0} TO {1}"
    with standing(prepared_databases) as made:
        for schema in sorted({table.split(".")[0] for table in made.tables}):
            made.admin.execute(sql.SQL(grant).format(sql.Identifier(schema), sql.Identifier(Role.APP.group)))
        yield made


def views(connection: Connection) -> list[str]:
    found = connection.execute("SELECT 'read.' || viewname FROM pg_views WHERE schemaname = 'read' ORDER BY 1")
    return [row[0] for row in found.fetchall()]


def one(connection: Connection, condition: sql.Composed) -> Any:
    found = connection.execute(sql.SQL("SELECT ") + condition).fetchone()
    return found[0] if found else None


def fresh(connection: Connection) -> None:
    """Nobody has said anything yet; each act is a transaction of its own."""


def no_tenant(connection: Connection) -> None:
    connection.execute("BEGIN")


def wrong_tenant(connection: Connection) -> None:
    connection.execute("BEGIN")
    enter(connection, THEIRS)


def right_tenant(connection: Connection) -> None:
    connection.execute("BEGIN")
    enter(connection, OURS)


def after_commit(connection: Connection) -> None:
    with connection.transaction():
        enter(connection, OURS)


def after_roll_back(connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        enter(connection, OURS)


def after_error(connection: Connection) -> None:
    with suppress(DivisionByZero), connection.transaction():
        enter(connection, OURS)
        connection.execute("SELECT 1 / 0")


def autocommit(connection: Connection) -> None:
    """A statement alone is a transaction: the tenant named in it is gone with it."""
    enter(connection, OURS)


def after_a_pipeline(connection: Connection) -> None:
    with connection.pipeline():
        enter(connection, OURS)


def after_a_savepoint(connection: Connection) -> None:
    connection.execute("BEGIN")
    with connection.transaction(force_rollback=True):
        enter(connection, OURS)


STATES = (fresh, no_tenant, wrong_tenant, after_commit, after_roll_back, after_error, autocommit, after_a_pipeline,
          after_a_savepoint)  # fmt: skip


def seen(connection: Connection, table: str) -> int:
    return count(connection, table, OURS)


def added(connection: Connection, table: str, values: dict[str, Any]) -> int:
    put(connection, table, values)
    return 1


def changed(connection: Connection, table: str) -> int:
    found = connection.execute(
        """SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = ''
            AND NOT attisdropped ORDER BY has_column_privilege(attrelid, attnum, 'UPDATE') DESC, attnum LIMIT 1""",
        (table,),
    ).fetchone()
    assert found
    update = sql.SQL("UPDATE {0} SET {1} = {1} WHERE tenant_id = {2}")
    return connection.execute(update.format(name_of(table), sql.Identifier(found[0]), OURS)).rowcount


def removed(connection: Connection, table: str) -> int:
    return connection.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = {}").format(name_of(table), OURS)).rowcount


def reached(connection: Connection, act: Callable[[], int]) -> int:
    """How many rows an act reached; none when it is refused. Who meets a constraint is past the wall."""
    alone = connection.info.transaction_status is TransactionStatus.IDLE
    try:
        with nullcontext() if alone else connection.transaction(force_rollback=True):
            return act()
    except InsufficientPrivilege:
        return 0
    except IntegrityError:
        return 1


def got_through(ground: Ground, connection: Connection, table: str) -> list[str]:
    """Return the acts by which a row of OURS was reached."""
    values = row(ground.admin, table, OURS) if table in ground.tables else {"tenant_id": OURS}
    acts: dict[str, Callable[[], int]] = {
        "select": lambda: seen(connection, table),
        "insert": lambda: added(connection, table, values),
        "update": lambda: changed(connection, table),
        "delete": lambda: removed(connection, table),
    }
    return [name for name in ACTS if reached(connection, acts[name])]


def passed(ground: Ground, role: Role, tables: list[str], state: Callable[[Connection], None]) -> dict[str, list[str]]:
    """Try every act on every table, each time from the same state; return what got through."""
    found = {}
    with ground.connect(role) as connection:
        for table in tables:
            state(connection)
            found[table] = got_through(ground, connection, table)
            connection.rollback()
    return {table: acts for table, acts in found.items() if acts}


@pytest.mark.requirement("R005")
@pytest.mark.requirement("R106")
class TestTheWall:
    @pytest.mark.parametrize("role", [*READERS, Role.ANALYST])
    @pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
    def test_is_not_passed(self, ground: Ground, role: Role, state: Callable[[Connection], None]) -> None:
        tables = [*ground.tables, *views(ground.admin)]
        assert len(tables) > 80
        assert passed(ground, role, tables, state) == {}

    @pytest.mark.parametrize("role", READERS)
    def test_lets_each_through_to_the_tenant_named(self, ground: Ground, role: Role) -> None:
        """The control: without the wall there would be more to see."""
        with ground.connect(role) as connection:
            for table in ground.granted(role):
                with connection.transaction():
                    enter(connection, OURS)
                    assert (table, count(connection, table), count(connection, table, THEIRS)) == (table, 1, 0)

    def test_keeps_a_row_from_being_given_to_another_tenant(self, ground: Ground) -> None:
        with ground.connect(Role.APP) as connection:
            connection.execute("BEGIN")
            enter(connection, OURS)
            with pytest.raises(InsufficientPrivilege):
                connection.execute("UPDATE effects.effects SET tenant_id = %s", (THEIRS,))

    def test_takes_an_empty_name_for_none(self, ground: Ground) -> None:
        with ground.connect(Role.APP) as connection:
            connection.execute("SELECT set_config('app.tenant', '', false)")
            assert count(connection, "event_store.events") == 0

    @pytest.mark.parametrize(
        ("fault", "mended"),
        [
            ("ALTER TABLE effects.effects DISABLE ROW LEVEL SECURITY", "ENABLE ROW LEVEL SECURITY"),
            ("CREATE POLICY kind ON effects.effects USING (true)", ""),
        ],
    )
    def test_with_a_hole_in_it_is_passed(self, ground: Ground, fault: str, mended: str) -> None:
        ground.admin.execute(fault.encode())
        with ground.connect(Role.APP) as connection:
            found = got_through(ground, connection, "effects.effects")
        mend = f"ALTER TABLE effects.effects {mended}" if mended else "DROP POLICY kind ON effects.effects"
        ground.admin.execute(mend.encode())
        assert found == ["select", "update"]


class TestThePolicies:
    """Where the application is granted everything."""

    @pytest.mark.requirement("R005")
    @pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
    def test_hold_alone(self, open_ground: Ground, state: Callable[[Connection], None]) -> None:
        assert passed(open_ground, Role.APP, open_ground.tables, state) == {}

    def test_are_all_that_holds_there(self, open_ground: Ground) -> None:
        """The control: to the tenant that is named, everything can be done."""
        everything = {table: [*ACTS] for table in open_ground.tables}
        assert passed(open_ground, Role.APP, open_ground.tables, right_tenant) == everything


class TestEveryTenant:
    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.KEYS])
    def test_is_seen_by_those_who_say_so(self, ground: Ground, role: Role) -> None:
        url = every_tenant(url_for(Settings(database_url=ground.url), role))
        with psycopg.connect(url, autocommit=True) as connection:
            for table in ground.granted(role):
                assert (table, count(connection, table, OURS), count(connection, table, THEIRS)) == (table, 1, 1)

    def test_is_not_seen_by_the_application_whatever_it_says(self, ground: Ground) -> None:
        url = every_tenant(url_for(Settings(database_url=ground.url), Role.APP))
        with psycopg.connect(url, autocommit=True) as connection:
            assert [count(connection, table) for table in ground.granted(Role.APP)] == [0] * len(
                ground.granted(Role.APP)
            )

    def test_is_seen_by_the_projector_who_follows_them_all(self, ground: Ground) -> None:
        with ground.connect(Role.PROJECTOR) as connection:
            for table in ground.granted(Role.PROJECTOR):
                if one(connection, sql.SQL("has_table_privilege({}, 'SELECT')").format(table)):
                    assert (table, count(connection, table, OURS), count(connection, table, THEIRS)) == (table, 1, 1)


class TestAGenerationThatIsNotShown:
    def test_is_nothing_to_the_application(self, ground: Ground) -> None:
        with psycopg.connect(ground.url) as admin:
            sha = one(admin, sql.SQL("schema_sha FROM consumers.read_models WHERE consumer = {}").format("plans"))
            with admin.cursor() as cursor:
                cursor.execute("SELECT consumers.create_tables('plans', 2, %s)", (sha,))
                cursor.execute(
                    "INSERT INTO consumers.generations (consumer, generation, state, schema_sha)"
                    " VALUES ('plans', 2, 'building', %s)", (sha,)
                )  # fmt: skip
            may = "SELECT has_schema_privilege('caretrail_app', %s, 'USAGE')"
            shown = [admin.execute(may, (f"plans_{n}",)).fetchone() for n in (1, 2)]
            admin.execute("SELECT consumers.show_tables('plans', 2)")
            after = [admin.execute(may, (f"plans_{n}",)).fetchone() for n in (1, 2)]
            admin.rollback()
        assert (shown, after) == ([(True,), (False,)], [(False,), (True,)])
