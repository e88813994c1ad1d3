"""The wall between tenants, asked of the database's own catalogue on every build; each check catches a planted one."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from adapters.embedded.databases import Databases
from adapters.logins import Role, bring_up, logins
from adapters.postgres.roles import Login
from adapters.settings import Settings
from tests.tenancy import catalogue

Connection = psycopg.Connection[Any]
OWN = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
SAID = "(( SELECT current_setting('app.every_tenant'::text, true) AS current_setting) = 'on'::text)"
#: Every policy there may be: for whom, on which condition. Who is in one that names no tenant stands in WALKERS.
POLICIES = {
    "own_tenant": (("caretrail_app", "caretrail_auditor", "caretrail_keys"), OWN),
    "every_tenant_said": (("caretrail_auditor", "caretrail_keys"), SAID),
    "every_tenant": (("caretrail_migrator", "caretrail_projector"), "true"),
}
#: Who goes through all tenants, and why.
WALKERS = {
    ("every_tenant", "caretrail_projector"): "follows one feed of all tenants; signs and hands out all logs; the clock",
    ("every_tenant", "caretrail_migrator"): "owns the doors (append, keys, figures); no process logs in as it",
    ("every_tenant_said", "caretrail_auditor"): "verifies whole logs, and the log over all logs; has to say so",
    (
        "every_tenant_said",
        "caretrail_keys",
    ): "rotates keys, indexes people, destroys again after a restore; has to say so",
}
#: Keys that do not begin with the tenant, and why.
KEYS = {
    "access_log.entries (position)": "the order of the whole log",
    "access_log.entries (stream_id, version)": "made by the application, unique over all tenants (UUIDv7)",
    "consumers.parked_streams (consumer, generation, stream_id)": "streams' ids are unique over all tenants",
    "effects.effects (key)": "derived from the event's id",
    "event_store.commands (command_id)": "derived from tenant, principal and Idempotency-Key, or new",
    "event_store.events (position)": "the order of the whole log",
    "event_store.events (stream_id, version)": "made by the application, unique over all tenants (UUIDv7)",
    "merkle.checkpoints (leaf)": "places in the log over all logs",
    "vault.data_keys (key_id)": "random; events name their key by it",
    "vault.revocations (number)": "one order of news for all processes",
}
#: Tables that belong to no tenant, and why.
TENANTLESS = {
    "consumers.bookmarks": "where consumers of the one feed stand",
    "consumers.deferred_indexes": "definitions of indexes",
    "consumers.generations": "which tables of a read model are shown",
    "consumers.read_models": "definitions of tables",
    "deid.appointments": "counts over all tenants",
    "deid.counted": "when they were counted",
    "deid.patients": "counts over all tenants",
    "deid.records": "counts over all tenants",
    "deid.revenue": "counts over all tenants",
    "effects.leader": "which process leads",
    "identity.api_key_secrets": "opened by the secret alone, before it is known where",
    "identity.attempts": "people sign in before it is known where",
    "identity.credentials": "a person's, wherever they act",
    "identity.invitations": "opened by the secret alone, before it is known where",
    "identity.one_time_codes": "people sign in before it is known where",
    "identity.provider_news": "a provider tells of sessions, not of tenants",
    "identity.recovery_codes": "a person's, wherever they act",
    "identity.refresh_tokens": "opened by the token alone, before it is known where",
    "identity.sessions": "opened by the token alone, before it is known where",
    "identity.trips": "people sign in before it is known where",
    "public.migrations": "which migrations were applied",
    "watch.looks": "when rules were looked at",
    "watch.readings": "figures of the whole installation",
    "watch.tallied": "up to where a log was counted",
    "watch.tallies": "counts over all tenants",
}
#: Functions that act with their owner's rights.
DOORS = [
    "access_log.append", "answers.forget",
    "consumers.build_indexes", "consumers.create_tables", "consumers.defer_indexes", "consumers.drop_tables",
    "consumers.parked", "consumers.show_tables",
    "effects.figures", "effects.overdue", "effects.tenant_of", "effects.unsettled",
    "event_store.append", "event_store.remember", "event_store.withdrawn",
    "merkle.figures", "merkle.oldest_unsigned", "merkle.waiting",
    "read.people_with",
    "vault.close_keys", "vault.destroy_keys", "vault.last_revocation", "vault.obtain_keys", "vault.reopen_keys",
    "vault.retire_epoch", "vault.revoked_since",
    "watch.keys_about_nobody", "watch.unknown_keys",
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(prepared_databases: Databases) -> Iterator[Connection]:
    """The administrator's, to a database with the first generation of every read model."""
    url = prepared_databases.fresh()
    with psycopg.connect(url, autocommit=True) as made:
        yield made
    prepared_databases.drop(url)


@pytest.fixture
def planting(connection: Connection) -> Iterator[Connection]:
    """The same, in a transaction that is rolled back."""
    with connection.transaction(force_rollback=True):
        yield connection


def login(role: Role) -> Login:
    return next(login for login in logins(Settings()) if login.role is role)


def too_powerful(connection: Connection) -> list[str]:
    return catalogue.too_powerful(connection, [one.name for one in logins(Settings())], login(Role.MIGRATOR).name)


@pytest.mark.requirement("R005")
@pytest.mark.requirement("R432")
class TestEveryTableWithATenant:
    def test_is_behind_row_level_security_that_binds_its_owner_too(self, connection: Connection) -> None:
        assert len(catalogue.tenant_tables(connection)) > 40
        assert catalogue.unprotected(connection) == []

    @pytest.mark.parametrize(
        "fault",
        [
            "ALTER TABLE event_store.events NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE appointment_1.appointment DISABLE ROW LEVEL SECURITY",
            "CREATE TABLE effects.forgotten (tenant_id uuid NOT NULL)",
        ],
    )
    def test_that_is_not_is_found(self, planting: Connection, fault: str) -> None:
        planting.execute(fault.encode())
        assert len(catalogue.unprotected(planting)) == 1

    def test_has_the_listed_policies_word_for_word_and_no_other(self, connection: Connection) -> None:
        assert catalogue.bent(connection, POLICIES) == []

    @pytest.mark.parametrize(
        "fault",
        [
            "DROP POLICY own_tenant ON access_log.subjects",
            "CREATE POLICY kind ON effects.effects FOR SELECT TO caretrail_app USING (true)",
            "ALTER POLICY own_tenant ON vault.closed TO public",
            "ALTER POLICY own_tenant ON event_store.events USING"
            " (tenant_id = coalesce(nullif(current_setting('app.tenant', true), '')::uuid, tenant_id))",
            "ALTER POLICY own_tenant ON merkle.webhooks WITH CHECK (true)",
            "ALTER POLICY every_tenant ON directory_1.directory TO caretrail_projector, caretrail_app",
        ],
    )
    def test_with_another_policy_is_found(self, planting: Connection, fault: str) -> None:
        planting.execute(fault.encode())
        assert len(catalogue.bent(planting, POLICIES)) == 1

    def test_has_a_policy_for_each_role_that_may_do_anything_with_it(self, connection: Connection) -> None:
        assert catalogue.unruled(connection) == []

    @pytest.mark.parametrize("grant", ["SELECT", "UPDATE (stream_id)"])
    def test_granted_to_a_role_it_has_no_policy_for_is_found(self, planting: Connection, grant: str) -> None:
        planting.execute(f"GRANT {grant} ON event_store.unique_keys TO caretrail_analyst".encode())
        assert catalogue.unruled(planting) == ["event_store.unique_keys: caretrail_analyst"]

    def test_has_keys_that_begin_with_the_tenant_but_for_those_listed(self, connection: Connection) -> None:
        assert catalogue.keys_without_tenant(connection) == sorted(KEYS)

    @pytest.mark.parametrize("columns", ["stream_id", "key, tenant_id", "lower(key)"])
    def test_with_another_such_key_is_found(self, planting: Connection, columns: str) -> None:
        planting.execute(f"CREATE UNIQUE INDEX ON event_store.unique_keys ({columns})".encode())
        assert len(catalogue.keys_without_tenant(planting)) == len(KEYS) + 1

    def test_is_protected_by_the_next_migration_though_its_author_forgot(self, databases: Databases) -> None:
        url = databases.fresh()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET ROLE caretrail_migrator")
            connection.execute("CREATE TABLE effects.forgotten (tenant_id uuid PRIMARY KEY)")
            assert catalogue.unprotected(connection) == ["effects.forgotten"]
            bring_up(Settings(), url)
            assert catalogue.unprotected(connection) == []
            assert catalogue.bent(connection, POLICIES) == []
        databases.drop(url)


class TestPolicies:
    def test_without_a_tenant_are_for_those_who_walk_by_nature(self) -> None:
        others = {(name, role) for name, (roles, condition) in POLICIES.items() if condition != OWN for role in roles}
        assert others == set(WALKERS)


class TestATableWithoutATenant:
    def test_is_one_of_those_listed(self, connection: Connection) -> None:
        assert catalogue.tenantless(connection) == sorted(TENANTLESS)

    def test_that_is_new_is_found(self, planting: Connection) -> None:
        planting.execute(b"CREATE TABLE effects.loose (id uuid PRIMARY KEY)")
        assert set(catalogue.tenantless(planting)) - set(TENANTLESS) == {"effects.loose"}


class TestLogins:
    def test_stand_before_the_wall_all_of_them(self, connection: Connection) -> None:
        assert too_powerful(connection) == []

    @pytest.mark.parametrize(
        "fault",
        [
            "ALTER ROLE {} SUPERUSER", "ALTER ROLE {} BYPASSRLS", "ALTER ROLE {} CREATEROLE",
            "GRANT caretrail_migrator TO {}", "ALTER TABLE effects.leader OWNER TO {}",
        ],
    )  # fmt: skip
    def test_that_could_walk_round_it_are_found(self, planting: Connection, fault: str) -> None:
        name = login(Role.APP).name
        planting.execute(sql.SQL(fault).format(sql.Identifier(name)))
        assert too_powerful(planting) == [name]

    def test_of_a_group_that_could_are_found(self, planting: Connection) -> None:
        planting.execute(b"ALTER ROLE caretrail_app BYPASSRLS")
        assert too_powerful(planting) == ["caretrail_app"]


class TestEverybody:
    def test_may_do_nothing(self, connection: Connection) -> None:
        assert catalogue.public_grants(connection) == []

    @pytest.mark.parametrize(
        "fault",
        [
            "GRANT SELECT ON event_store.events TO PUBLIC",
            "GRANT SELECT (tenant_id) ON event_store.events TO PUBLIC",
            "GRANT USAGE ON SCHEMA vault TO PUBLIC",
            "GRANT EXECUTE ON FUNCTION vault.last_revocation() TO PUBLIC",
        ],
    )
    def test_that_may_do_something_is_found(self, planting: Connection, fault: str) -> None:
        planting.execute(fault.encode())
        assert len(catalogue.public_grants(planting)) == 1


class TestDoors:
    def test_are_those_listed_and_look_names_up_where_nobody_else_can_plant_any(self, connection: Connection) -> None:
        assert catalogue.doors(connection) == DOORS
        assert catalogue.unpinned(connection) == []

    @pytest.mark.parametrize("setting", ["", "SET search_path = public, pg_catalog"])
    def test_that_are_new_or_look_elsewhere_are_found(self, planting: Connection, setting: str) -> None:
        planting.execute(
            "CREATE FUNCTION effects.back() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            f" {setting} AS 'SELECT count(*) FROM effects.effects'".encode()
        )
        assert set(catalogue.doors(planting)) - set(DOORS) == {"effects.back"}
        assert catalogue.unpinned(planting) == ["effects.back"]


class TestWaysRoundATable:
    @pytest.mark.parametrize("look", [catalogue.granted_copies, catalogue.owners_views])
    def test_there_are_none(self, connection: Connection, look: Callable[[Connection], list[str]]) -> None:
        assert look(connection) == []

    @pytest.mark.parametrize(
        ("look", "fault"),
        [
            (
                catalogue.granted_copies,
                "CREATE MATERIALIZED VIEW effects.copy AS SELECT * FROM effects.effects;"
                " GRANT SELECT ON effects.copy TO caretrail_app",
            ),
            (
                catalogue.granted_copies,
                "CREATE TABLE effects.whole (tenant_id uuid) PARTITION BY HASH (tenant_id);"
                " CREATE TABLE effects.copy PARTITION OF effects.whole FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
                " GRANT SELECT ON effects.copy TO caretrail_app",
            ),
            (catalogue.owners_views, "CREATE VIEW effects.copy AS SELECT * FROM effects.effects"),
            (
                catalogue.owners_views,
                "CREATE VIEW effects.copy WITH (security_invoker = false) AS SELECT * FROM effects.effects",
            ),
        ],
    )
    def test_that_are_planted_are_found(
        self, planting: Connection, look: Callable[[Connection], list[str]], fault: str
    ) -> None:
        planting.execute(fault.encode())
        assert look(planting) == ["effects.copy"]
