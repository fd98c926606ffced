"""A private PostgreSQL cluster from the system's binaries, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import wait_until

_USER = "nobody"
"""The server refuses to run as root; this user exists everywhere."""


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
    folder = binaries()
    assert folder is not None, "no PostgreSQL server found: apt-get install postgresql"
    with tempfile.TemporaryDirectory(prefix="spt-pg-", dir="/tmp") as home:
        _make_cluster(folder, home)
        # fsync stays on: what a commit costs is part of what is tested.
        options = ("-c", "listen_addresses=", "-c", "max_connections=200", "-k", home)
        with Path(f"{home}/log").open("wb") as log:
            running = subprocess.Popen(
                [folder / "postgres", "-D", f"{home}/data", *options],
                user=_user(),
                cwd=home,
                stdout=log,
                stderr=log,
            )
        try:
            ready = [str(folder / "pg_isready"), "-q", "-h", home]
            wait_until("PostgreSQL answers", lambda: subprocess.call(ready) == 0, 30)
            yield f"postgresql+asyncpg://spt@/postgres?host={home}"
        finally:
            running.terminate()
            running.wait(timeout=30)


def _make_cluster(folder: Path, home: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(home, _USER)
    command = [str(folder / "initdb"), "-D", f"{home}/data", "-U", "spt", "-A", "trust"]
    language = {"LC_ALL": "C.UTF-8"}
    subprocess.run(command, user=_user(), cwd=home, check=True, capture_output=True, env=language)


def _user() -> str | None:
    return _USER if os.geteuid() == 0 else None
