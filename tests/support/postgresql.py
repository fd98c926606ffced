"""A private PostgreSQL cluster from the system's binaries, in a folder of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.kept import Kept
from tests.support.processes import wait_until

_USER = "nobody"
"""The server refuses to run as root; this user exists everywhere."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster whose server is started again when it dies.

    Attributes
    ----------
    home
        Its folder, which its user may read and write; the server's log is in it.
    server
        The first of its processes.
    """

    home: Path
    server: Kept

    @property
    def url(self) -> str:
        """SQLAlchemy URL of its database, by its Unix socket."""
        return f"postgresql+asyncpg://spt@/postgres?host={self.home}"

    @property
    def socket(self) -> Path:
        return self.home / ".s.PGSQL.5432"

    @property
    def log(self) -> Path:
        return self.home / "log"


def binaries() -> Path | None:
    """Folder of the newest PostgreSQL server on this machine, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).parent


@contextmanager
def private_cluster() -> Iterator[str]:
    """Run a cluster on a Unix socket and give the SQLAlchemy URL of its database."""
    with running_cluster() as cluster:
        yield cluster.url


@contextmanager
def running_cluster(environment: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Run a cluster on a Unix socket, its server with further variables."""
    folder = binaries()
    assert folder is not None, "no PostgreSQL server found: apt-get install postgresql"
    with tempfile.TemporaryDirectory(prefix="spt-pg-", dir="/tmp") as home:
        _make_cluster(folder, home)
        # fsync stays on: what a commit costs is part of what is tested.
        options = ("-c", "listen_addresses=", "-c", "max_connections=200", "-k", home)
        command = (str(folder / "postgres"), "-D", f"{home}/data", *options)
        server = Kept(command, Path(home) / "log", environment, user=_user(), cwd=home)
        try:
            ready = [str(folder / "pg_isready"), "-q", "-h", home]
            wait_until("PostgreSQL answers", lambda: subprocess.call(ready) == 0, 30)
            yield Cluster(Path(home), server)
        finally:
            server.stop(signal.SIGINT)


def _make_cluster(folder: Path, home: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(home, _USER)
    command = [str(folder / "initdb"), "-D", f"{home}/data", "-U", "spt", "-A", "trust"]
    language = {"LC_ALL": "C.UTF-8"}
    subprocess.run(command, user=_user(), cwd=home, check=True, capture_output=True, env=language)


def _user() -> str | None:
    return _USER if os.geteuid() == 0 else None
