"""The ground embedded servers stand on: whose process it is, which directories it can reach, who may start it."""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

#: macOS allows 103 bytes in the path of a Unix socket, Linux 107.
LONGEST_SOCKET_PATH = 103
SOCKET_NAME = ".s.PGSQL.65535"
ACCOUNT = "pgserver"


class ServerFailed(Exception):
    """An embedded server could not be started or stopped."""


@lru_cache(maxsize=1)
def server_user() -> pwd.struct_passwd | None:
    """The account PostgreSQL runs as: our own (None), or one made for it when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = subprocess.run(["useradd", "--system", "--no-create-home", ACCOUNT], capture_output=True, check=False)
        if made.returncode:
            raise ServerFailed(f"PostgreSQL does not run as root, and the account {ACCOUNT} cannot be made") from None
        return pwd.getpwnam(ACCOUNT)


def own(path: Path) -> None:
    """Give ``path`` to the server's user."""
    if user := server_user():
        os.chown(path, user.pw_uid, user.pw_gid)


def open_to(user: pwd.struct_passwd, path: Path) -> None:
    """Let ``user`` reach ``path``: passage through the folders above it, and the right to run it if it is a program."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH and folder.stat().st_uid != user.pw_uid:
            folder.chmod(mode | stat.S_IXOTH)
    if path.is_file() and not path.stat().st_mode & stat.S_IXOTH:
        # Installed under a strict umask: everything beside the program is closed as well.
        for part in [path.parent.parent, *path.parent.parent.rglob("*")]:
            mode = part.stat().st_mode
            part.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def owned_directory(path: Path, *, fresh: bool = False) -> None:
    """Make ``path`` a directory that only the server's user enters; refuse one that somebody else made."""
    if fresh and path.exists():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    user = server_user()
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user.pw_uid if user else os.geteuid()}:
        raise ServerFailed(f"{path} belongs to somebody else")
    path.chmod(0o700)
    own(path)
    if user:
        open_to(user, path)


def socket_directory(home: Path) -> Path:
    """Where the server of data directory ``home`` puts its socket: inside, or in a short place if the path is long.

    A comma in the path would part it in two: clients read it as a list of hosts."""
    if len(os.fsencode(home / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(home):
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"caretrail-{os.geteuid()}-{name}"


@contextmanager
def exclusively(lock: Path) -> Iterator[None]:
    """Hold ``lock`` against other processes; the system releases it if we die."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
