"""The embedded servers keep what was written, are shared by processes, and go away when told to."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from adapters.embedded.databases import Databases
from adapters.embedded.ground import ServerFailed, owned_directory, socket_directory
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.servers import Servers, ensure, stop
from adapters.embedded.valkey import EmbeddedValkey
from adapters.settings import Settings


@pytest.fixture
def ground() -> Iterator[Path]:
    """A directory whose servers are gone after the test, whatever happened in it."""
    place = Path(tempfile.mkdtemp(prefix=f"caretrail-tests-{os.getpid()}-"))
    yield place
    stop(Settings(state=place, database_url=None, redis_url=None))
    shutil.rmtree(place)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


class TestEmbeddedPostgres:
    def test_survives_the_death_of_its_process_without_losing_a_commit(self, ground: Path) -> None:
        server = EmbeddedPostgres(ground / "postgres")
        assert server.start()
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        running = server.process()
        assert running is not None
        children = running.children(recursive=True)
        running.kill()
        psutil.wait_procs([running, *children], timeout=30)

        assert server.start(), "the pid file left behind must not pass for a running server"
        assert one(server.url, "SELECT number FROM kept") == 7

    def test_leaves_no_process_and_says_whether_there_was_one(self, ground: Path) -> None:
        server = EmbeddedPostgres(ground / "postgres")
        server.start()
        running = server.process()
        assert running is not None
        everyone = [running, *running.children(recursive=True)]

        assert server.stop()
        assert [process for process in everyone if process.is_running()] == []
        assert not server.stop()

    def test_is_started_once_by_processes_that_begin_together(self, ground: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from adapters.embedded.postgres import EmbeddedPostgres;"
            " print(EmbeddedPostgres(Path(sys.argv[1])).start())"
        )

        def begin(_: int) -> str:
            command = [sys.executable, "-c", program, str(ground / "postgres")]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(begin, range(3))) == ["False", "False", "True"]

    def test_does_not_take_another_program_with_the_old_pid_for_the_server(self, ground: Path) -> None:
        server = EmbeddedPostgres(ground / "postgres")
        server.start()
        written = (ground / "postgres" / "postmaster.pid").read_text().split("\n")
        server.stop()
        (ground / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *written[1:]]))

        assert server.process() is None
        assert server.start()
        assert server.answers()

    @pytest.mark.parametrize("folder", ["long" * 30, "a comma, and 'quotes'"])
    def test_works_under_a_path_that_a_socket_cannot_have(self, ground: Path, folder: str) -> None:
        server = EmbeddedPostgres(ground / folder / "postgres")
        try:
            server.start()
            assert server.answers()
            assert socket_directory(server.home) != server.home
        finally:
            server.stop()
        assert not socket_directory(server.home).exists()

    def test_keeps_commits_on_disk_and_statements_out_of_its_log(self, servers: Servers) -> None:
        if "postgres" not in servers.started:
            pytest.skip("DATABASE_URL names a server whose settings are not ours")
        shown = {
            name: one(servers.database_url, f"SHOW {name}")
            for name in (
                *("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses", "timezone"),
                *("log_min_error_statement", "log_error_verbosity"),
            )
        }
        assert shown == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "listen_addresses": "",
            "timezone": "UTC",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }

    def test_asks_for_a_password_on_the_network_and_on_its_own_socket(self, ground: Path, free_port: int) -> None:
        server = EmbeddedPostgres(ground / "postgres", free_port)
        server.start()
        assert one(server.tcp_url, "SELECT 1") == 1
        for url in (server.tcp_url, server.url):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url.replace("postgres:", "postgres:not"))
        assert ground.joinpath("postgres.password").stat().st_mode & 0o077 == 0

    def test_refuses_a_socket_directory_that_somebody_else_has_planted(self, ground: Path) -> None:
        (ground / "planted").symlink_to(ground)
        with pytest.raises(ServerFailed, match="belongs to somebody else"):
            owned_directory(ground / "planted")


class TestEmbeddedValkey:
    def test_keeps_its_messages_and_its_port_over_a_restart(self, ground: Path) -> None:
        server = EmbeddedValkey(ground / "valkey")
        assert server.start()
        first = server.url
        with redis.Redis.from_url(first, protocol=2) as client:
            client.rpush("queue", "a message")
        assert server.stop()
        assert server.process() is None

        assert server.start()
        assert server.url == first
        with redis.Redis.from_url(server.url, protocol=2) as client:
            assert client.lrange("queue", 0, -1) == [b"a message"]

    def test_takes_another_port_when_its_own_is_gone(self, ground: Path) -> None:
        first, second = EmbeddedValkey(ground / "valkey"), EmbeddedValkey(ground / "other" / "valkey")
        first.start()
        try:
            second.home.mkdir(parents=True)
            (second.home / "port").write_text(str(first.port))
            assert second.start()
            assert second.port != first.port
        finally:
            second.stop()

    def test_is_shared_when_it_runs_and_started_again_when_it_was_killed(self, ground: Path) -> None:
        server = EmbeddedValkey(ground / "valkey")
        assert server.start()
        assert not server.start()
        running = server.process()
        assert running is not None
        running.send_signal(signal.SIGKILL)
        psutil.wait_procs([running], timeout=30)
        assert server.start()


class TestServersOfAProcess:
    def test_are_those_of_the_environment_and_then_nothing_is_started_or_stopped(
        self, ground: Path, servers: Servers
    ) -> None:
        given = Settings(state=ground, database_url=servers.database_url, redis_url=servers.redis_url)
        assert ensure(given) == Servers(servers.database_url, servers.redis_url, ())
        assert stop(given) == []
        assert list(ground.iterdir()) == []


class TestDatabases:
    def test_are_copies_that_share_nothing(self, databases: Databases) -> None:
        first, second = databases.fresh(), databases.fresh()
        try:
            with psycopg.connect(first) as connection:
                connection.execute("CREATE TABLE only_here ()")
            assert one(first, "SELECT to_regclass('only_here') IS NOT NULL") is True
            assert one(second, "SELECT to_regclass('only_here') IS NOT NULL") is False
        finally:
            databases.drop(first)
            databases.drop(second)

    def test_are_dropped_even_while_somebody_is_connected(self, databases: Databases) -> None:
        url = databases.fresh()
        with psycopg.connect(url) as connection:
            databases.drop(url)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")

    def test_arrive_migrated(self, database_url: str) -> None:
        from adapters.postgres.migrate import pending

        assert pending(database_url) == []
