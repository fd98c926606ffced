"""The stacks that storms strike: what `make run` starts, and what sites run."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sptjobs.engine.results_owner import OWNER_FILE
from sptjobs.stack.running import running_stack
from sptjobs.store.database import connect
from sptjobs.store.schema import part
from tests.chaos.inside.entering import LIBRARY, clock_variables
from tests.chaos.schedule import (
    ALWAYS,
    ON_A_SMALL_DISK,
    WITH_A_POOLER,
    WITH_A_SERVER,
    WITH_CLOCKS,
    Kind,
)
from tests.support.disks import small_disk
from tests.support.embedded import redis_command
from tests.support.kept import Kept
from tests.support.pgbouncer import Pooler, running_pooler
from tests.support.postgresql import Cluster, running_cluster
from tests.support.processes import descendants, is_alive
from tests.support.proxy import Proxy, running_proxy
from tests.support.releases import Release, next_release
from tests.support.service import Service

WORKERS = 2
SLOTS = 1
SETTINGS = {
    "SPT_BEAT_S": "0.25",
    "SPT_DEAD_S": "3",
    "SPT_SWEEP_S": "0.5",
    "SPT_SLOTS": str(SLOTS),
    "SPT_EXECUTE_WORKERS": str(WORKERS),
    "SPT_MIN_FREE_BYTES": "8Mi",
    "SPT_LOST_PACKS_KEPT_S": "0",
}
"""Deaths are noticed sooner than in production, and two workers compete."""

PART_COST_S = "0.05"
"""Parts are small, so that small jobs have many."""

DISK_BYTES = 512 << 20


@dataclass(frozen=True)
class Site:
    """A running stack and all that a storm can lay hands on.

    Attributes
    ----------
    storm
        Folder by which the storm talks to the processes, see ``tests.chaos.inside``.
    database_url
        The database without the proxy in front of it.
    pristine, archive
        The maps, and the copy of them that the stack serves.
    disk
        Whether the results have a small disk of their own.
    clock
        File that says how far off the database server's clock is, if it has one.
    temporary
        Where the processes put temporary files.
    spoiled
        Ids of maps that were ever spoiled.
    """

    name: str
    service: Service
    storm: Path
    database_url: str
    broker_proxy: Proxy
    broker_socket: Callable[[], Path]
    pristine: Path
    archive: Path
    release: Release
    temporary: Path
    disk: bool
    cluster: Cluster | None = None
    database_proxy: Proxy | None = None
    broker: Kept | None = None
    clock: Path | None = None
    pooler: Pooler | None = None
    spoiled: set[str] = field(default_factory=set)

    @property
    def results(self) -> Path:
        return Path(self.service.stack.environment["SPT_RESULTS"])

    def job_folders(self) -> list[Path]:
        """List what the results hold, but for the file that says whose they are."""
        return [path for path in self.results.iterdir() if path.name != OWNER_FILE]

    @property
    def kinds(self) -> dict[Kind, int]:
        """Faults that are possible here, with their weights."""
        found = dict(ALWAYS)
        found |= ON_A_SMALL_DISK if self.disk else {}
        found |= WITH_CLOCKS if LIBRARY.exists() else {}
        found |= WITH_A_SERVER if self.cluster else {}
        found |= WITH_A_POOLER if self.pooler else {}
        if self.clock is None:
            found.pop(("step", "database"), None)
        return found

    def pids(self, name: str) -> list[int]:
        """Living processes of a name, for example ``execute``, ``broker`` or ``backend``.

        ``busy`` are workers in the middle of a part, ``busy child`` their children.
        """
        if name in _OTHERS:
            return _OTHERS[name](self)
        if name == "broker" and self.broker is not None:
            return [self.broker.pid]
        found = self.service.stack.processes
        return [pid for key, pid in found.items() if key.startswith(name) and is_alive(pid)]

    def write(self, name: str, text: str) -> None:
        """Tell the processes something, whole or not at all."""
        unfinished = self.storm / f".{name}"
        unfinished.write_text(text)
        unfinished.replace(self.storm / name)


def _busy(site: Site) -> list[int]:
    return [pid for pid in _busy_workers(site) if is_alive(pid)]


def _busy_children(site: Site) -> list[int]:
    return sorted(pid for worker in _busy(site) for pid in descendants(worker) if is_alive(pid))


_OTHERS: dict[str, Callable[[Site], list[int]]] = {
    "child": lambda site: sorted(site.service.children()),
    "busy": _busy,
    "busy child": _busy_children,
    "backend": lambda site: _backends(site.cluster),
    "database": lambda site: [site.cluster.server.pid] if site.cluster else [],
    "pooler": lambda site: [site.pooler.server.pid] if site.pooler else [],
}
"""Processes that the supervisor does not know by name."""


@contextmanager
def embedded_site(folder: Path, pristine: Path) -> Iterator[Site]:
    """Run the stack on SQLite and its embedded Valkey."""
    with ExitStack() as stack:
        var = folder / "the stack"
        socket = partial(_broker_socket, var)
        proxy = stack.enter_context(running_proxy(socket))
        settings = {"CHAOS_BROKER_URL": f"redis://127.0.0.1:{proxy.port}"}
        made = stack.enter_context(_site(folder, pristine, settings))
        url = f"sqlite+aiosqlite:///{var / 'spt.db'}"
        yield Site("embedded", **made, database_url=url, broker_proxy=proxy, broker_socket=socket)


@contextmanager
def server_site(folder: Path, pristine: Path, *, pooled: bool = False) -> Iterator[Site]:
    """Run the stack on PostgreSQL and Redis, each behind a proxy.

    Parameters
    ----------
    pooled
        Whether a pgbouncer is between that proxy and PostgreSQL.
    """
    with ExitStack() as stack:
        clock = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spt-", dir="/tmp")))
        clock.chmod(0o755)
        variables = clock_variables(clock / "clock") if LIBRARY.exists() else {}
        cluster = stack.enter_context(running_cluster(variables))
        socket = clock / "broker.sock"
        broker = Kept(redis_command(socket), folder / "broker.log")
        stack.callback(broker.stop)
        proxy = stack.enter_context(running_proxy(lambda: socket))
        pooler = stack.enter_context(running_pooler(cluster)) if pooled else None
        server = cluster if pooler is None else pooler
        database_proxy = stack.enter_context(running_proxy(lambda: server.socket))
        settings = {
            "SPT_DATABASE_URL": f"postgresql+asyncpg://spt@127.0.0.1:{database_proxy.port}/postgres",
            "SPT_BROKER_URL": f"redis://127.0.0.1:{proxy.port}",
        }
        made = stack.enter_context(_site(folder, pristine, settings))
        yield Site(
            "pooled" if pooled else "server",
            **made,
            database_url=cluster.url,
            broker_proxy=proxy,
            broker_socket=lambda: socket,
            cluster=cluster,
            database_proxy=database_proxy,
            broker=broker,
            clock=clock / "clock" if variables else None,
            pooler=pooler,
        )


@contextmanager
def _site(folder: Path, pristine: Path, settings: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Run a stack in a folder, on maps and results of its own."""
    storm, archive, results = (folder / name for name in ("storm", "maps", "results"))
    for made in (storm / "clocks", results, folder / "tmp"):
        made.mkdir(parents=True)
    for name, text in (("release", ""), ("mutation", ""), ("part_cost_s", PART_COST_S)):
        (storm / name).write_text(text)
    shutil.copytree(pristine, archive)
    inside = Path(__file__).with_name("inside")
    environment = SETTINGS | settings
    environment |= {"SPT_ARCHIVE": str(archive), "SPT_RESULTS": str(results)}
    environment |= {"CHAOS_DIR": str(storm), "TMPDIR": str(folder / "tmp")}
    environment |= {"PYTHONPATH": f"{inside}{os.pathsep}{Path.cwd()}"}
    release = next_release(folder / "next release")
    with (
        small_disk(results, DISK_BYTES) as disk,
        _no_shared_clocks(),
        running_stack(folder / "the stack", environment) as stack,
    ):
        yield {
            "service": Service.of(stack),
            "storm": storm,
            "pristine": pristine,
            "archive": archive,
            "release": release,
            "temporary": folder / "tmp",
            "disk": disk,
        }


@contextmanager
def _no_shared_clocks() -> Iterator[None]:
    """Remove what killed processes leave of the library that moves their clocks."""
    try:
        yield
    finally:
        for file in Path("/dev/shm").glob("*faketime_*"):
            if not is_alive(int(file.name.rpartition("_")[2])):
                file.unlink(missing_ok=True)


def _busy_workers(site: Site) -> list[int]:
    """Workers of the parts that run just now and of which there is something on disk."""

    async def read() -> list[Any]:
        query = sa.select(part.c.job_id, part.c.worker).where(part.c.state == "running")
        async with connect(site.database_url) as database, database.read() as connection:
            return list((await connection.execute(query)).all())

    begun = [row.worker for row in asyncio.run(read()) if (site.results / row.job_id).exists()]
    return sorted({int(worker.split(":")[1]) for worker in begun})


def _broker_socket(var: Path) -> Path:
    """Where the stack's own broker listens."""
    settings = json.loads((var / "stack.json").read_text("utf-8"))["settings"]
    return Path(settings["SPT_BROKER_URL"].removeprefix("unix://"))


def _backends(cluster: Cluster | None) -> list[int]:
    """Processes of the database server that serve connections."""
    return [] if cluster is None else sorted(filter(_is_backend, descendants(cluster.server.pid)))


def _is_backend(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: spt postgres")
    except OSError:
        return False
