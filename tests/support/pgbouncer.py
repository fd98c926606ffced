"""A pgbouncer in front of a private PostgreSQL cluster, set up as the deployment guide says."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.kept import Kept
from tests.support.postgresql import Cluster
from tests.support.processes import wait_until

GUIDE = Path(__file__).parents[2] / "docs/deployment.md"

_USER = "nobody"
_PORT = 6432
_BINARY = "/usr/sbin/pgbouncer"


@dataclass(frozen=True)
class Pooler:
    """A running pgbouncer that is started again when it dies.

    Attributes
    ----------
    home
        Folder of its socket and its log.
    """

    home: Path
    server: Kept

    @property
    def socket(self) -> Path:
        return self.home / f".s.PGSQL.{_PORT}"

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the cluster's database, through the pooler."""
        return f"postgresql+asyncpg://spt@/postgres?host={self.home}&port={_PORT}"


@contextmanager
def running_pooler(cluster: Cluster) -> Iterator[Pooler]:
    """Run a pgbouncer that pools sessions in front of a cluster."""
    binary = shutil.which("pgbouncer") or _BINARY
    assert Path(binary).exists(), "no pgbouncer found: apt-get install pgbouncer"
    home = cluster.home / "pooler"
    home.mkdir()
    (home / "pgbouncer.ini").write_text(_configuration(cluster, home))
    user = _USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)
    server = Kept([binary, str(home / "pgbouncer.ini")], home / "log", user=user, cwd=home)
    pooler = Pooler(home, server)
    try:
        wait_until("pgbouncer listens", pooler.socket.exists, 30)
        yield pooler
    finally:
        server.stop(signal.SIGINT)


def _configuration(cluster: Cluster, home: Path) -> str:
    ignored = re.search(r"ignore_startup_parameters = (\S+)`", GUIDE.read_text("utf-8"))
    assert ignored is not None
    settings = {
        "pool_mode": "session",
        "ignore_startup_parameters": ignored[1],
        "unix_socket_dir": home,
        "listen_port": _PORT,
        "auth_type": "any",
        "max_client_conn": 500,
        "default_pool_size": 100,
        # Sooner than the 15 s of its default: the tests wait for it.
        "server_login_retry": 1,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return f"[databases]\npostgres = host={cluster.home} user=spt\n[pgbouncer]\n{lines}"
