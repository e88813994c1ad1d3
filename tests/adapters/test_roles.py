"""Each process logs in for its own role; nobody who works here owns anything or could take more."""

import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters import logins
from adapters.bootstrap import open_runner, open_services
from adapters.embedded import servers
from adapters.embedded.databases import Databases, on_database
from adapters.logins import as_login, bring_up, url_for
from adapters.postgres.migrate import migrate
from adapters.postgres.roles import CannotLogIn, Login, MayNotMakeRoles, Role, TooPowerful, check_login, drop_logins
from adapters.settings import Settings


@pytest.fixture
def installation(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """An installation with a state directory and logins of its own, before its first migration."""
    settings = Settings(state=tmp_path, logins_file=None, database_url=databases.empty())
    yield settings
    databases.drop(str(settings.database_url))
    with psycopg.connect(databases.url, autocommit=True) as connection:
        drop_logins(connection, [login.name for login in logins.logins(settings)])


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that a server's own user may reach, whatever else runs: pytest closes its own at every start."""
    with tempfile.TemporaryDirectory(prefix=f"caretrail-tests-{os.getpid()}-", ignore_cleanup_errors=True) as made:
        yield Path(made)


class TestTheGroupRoles:
    def test_are_made_once_for_all_databases_that_are_migrated_at_the_same_moment(self, databases: Databases) -> None:
        urls = [databases.empty() for _ in range(6)]
        with ThreadPoolExecutor(len(urls)) as pool:
            assert len({tuple(names) for names in pool.map(migrate, urls)}) == 1
        for url in urls:
            databases.drop(url)


class TestLogins:
    def test_are_made_with_passwords_that_only_their_owner_can_read(self, installation: Settings) -> None:
        bring_up(installation, str(installation.database_url))
        assert installation.logins_path.stat().st_mode & 0o077 == 0
        kept = json.loads(installation.logins_path.read_text())
        assert len({*kept["passwords"].values()}) == len(Role)
        for role in Role:
            if role is not Role.MIGRATOR:
                check_login(url_for(installation, role), role)

    def test_let_nobody_in_with_another_password_or_into_another_database(
        self, installation: Settings, database_url: str
    ) -> None:
        bring_up(installation, str(installation.database_url))
        app = logins.logins(installation)[1]
        wrong = as_login(str(installation.database_url), app._replace(password="guessed"))
        elsewhere = as_login(database_url, app)
        for url in (wrong, elsewhere):
            with pytest.raises(CannotLogIn) as refused:
                check_login(url, Role.APP)
            assert "guessed" not in str(refused.value)
            assert app.password not in str(refused.value)

    def test_of_two_installations_on_one_database_do_not_fight(self, installation: Settings, tmp_path: Path) -> None:
        url = str(installation.database_url)
        other = Settings(state=tmp_path / "other", logins_file=None, database_url=url)
        for settings in (installation, other, installation):
            bring_up(settings, url)
        check_login(url_for(installation, Role.APP), Role.APP)
        check_login(url_for(other, Role.APP), Role.APP)
        with psycopg.connect(url, autocommit=True) as connection:
            for login in logins.logins(other):
                connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(login.name)))

    def test_get_new_passwords_when_they_are_rotated(self, installation: Settings) -> None:
        url = str(installation.database_url)
        bring_up(installation, url)
        before = url_for(installation, Role.KEYS)
        logins.rotate(installation, url)
        check_login(url_for(installation, Role.KEYS), Role.KEYS)
        with pytest.raises(CannotLogIn):
            check_login(before, Role.KEYS)

    def test_can_be_given_one_by_one(self, installation: Settings) -> None:
        url = str(installation.database_url)
        own = as_login(url, Login(Role.APP, f"{logins.logins(installation)[1].name}_own", "p:/?#@ss"))
        given = installation.model_copy(update={"database_url_app": own})
        bring_up(given, url)
        assert url_for(given, Role.APP) == own
        check_login(own, Role.APP)
        with psycopg.connect(url, autocommit=True) as connection:
            name = sql.Identifier(logins.logins(given)[1].name)
            connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(name))

    def test_suffice_for_later_migrations_without_the_administrator(self, installation: Settings) -> None:
        bring_up(installation, str(installation.database_url))
        with psycopg.connect(str(installation.database_url), autocommit=True) as connection:
            connection.execute("DELETE FROM public.migrations WHERE name = '0005_roles'")
            connection.execute("DROP SCHEMA deid CASCADE")
        assert bring_up(installation, url_for(installation, Role.MIGRATOR)) == ["0005_roles"]
        check_login(url_for(installation, Role.APP), Role.APP)

    def test_are_not_made_by_somebody_who_may_not_and_is_told_what_to_do(self, installation: Settings) -> None:
        url = str(installation.database_url)
        nobody = Login(Role.APP, f"{logins.logins(installation)[1].name}_nobody", "nobody")
        name = sql.Identifier(nobody.name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'nobody'").format(name))
            with pytest.raises(MayNotMakeRoles, match="CREATEROLE"):
                bring_up(installation, as_login(url, nobody))
            connection.execute(sql.SQL("DROP ROLE {}").format(name))


class TestAProcess:
    async def test_does_not_start_as_a_superuser(self, database_url: str, tmp_path: Path) -> None:
        with pytest.raises(TooPowerful, match="superuser"):
            await open_services(Settings(state=tmp_path, database_url_app=database_url, database_url=database_url))
        with pytest.raises(TooPowerful, match="superuser"), open_runner(database_url):
            pass

    def test_does_not_start_as_the_owner(self, database_url: str) -> None:
        with pytest.raises(TooPowerful, match="owns"):
            check_login(url_for(Settings(database_url=database_url), Role.MIGRATOR), Role.MIGRATOR)

    @pytest.mark.parametrize("role", [Role.PROJECTOR, Role.KEYS, Role.AUDITOR, Role.ANALYST])
    async def test_does_not_start_with_the_login_of_another(
        self, database_url: str, tmp_path: Path, role: Role
    ) -> None:
        settings = Settings(state=tmp_path, database_url=database_url)
        with pytest.raises(TooPowerful, match="caretrail_app alone is wanted"):
            await open_services(settings.model_copy(update={"database_url_app": url_for(settings, role)}))

    def test_is_told_to_migrate_when_there_are_no_logins(self, databases: Databases) -> None:
        url = on_database(databases.url, "no_such_database")
        with pytest.raises(CannotLogIn, match="caretrail migrate"):
            check_login(url_for(Settings(database_url=url), Role.APP), Role.APP)


class TestAnAdministratorWhoIsNoSuperuser:
    def test_suffices_when_they_own_the_database_and_may_make_roles(self, place: Path) -> None:
        home = Settings(state=place, logins_file=None, database_url=None, redis_url="redis://127.0.0.1:1/0")
        with servers.database(home) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE ROLE boss LOGIN CREATEROLE PASSWORD 'boss'")
                connection.execute("CREATE DATABASE clinic OWNER boss")
            own = as_login(on_database(url, "clinic"), Login(Role.MIGRATOR, "boss", "boss"))
            settings = home.model_copy(update={"database_url": own})
            assert bring_up(settings, own) != []
            assert logins.rotate(settings, own) == []
            with open_runner(url_for(settings, Role.PROJECTOR)) as runner:
                assert runner.drain() == 0
            check_login(url_for(settings, Role.APP), Role.APP)
