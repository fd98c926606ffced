"""The worker process: how it begins and ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.background.repeating import Background
from sptjobs.store.database import Database, connect
from sptjobs.store.migration import upgrade
from sptjobs.store.schema import spent
from sptjobs.store.sessions import spend
from sptjobs.worker.worker_process import heartbeat
from tests.support.processes import wait_until
from tests.support.proxy import Proxy, running_proxy


def start(
    role: str, database_url: str, broker_url: str, folder: Path, **more: str
) -> subprocess.Popen[str]:
    variables = more | {"SPT_DATABASE_URL": database_url, "SPT_BROKER_URL": broker_url}
    variables |= {"SPT_ARCHIVE": str(folder), "SPT_RESULTS": str(folder)}
    variables |= {"SPT_TOKEN_KEY": "k" * 32, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "sptjobs", "worker", "--role", role],
        env=os.environ | variables,
        stderr=subprocess.PIPE,
        text=True,
    )


SIGNAL_TO_ANOTHER_THREAD = """
import signal, threading, time
from sptjobs.worker.worker_process import StopSignal

stop = StopSignal()
def tell():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(60)
threading.Thread(target=tell, daemon=True).start()
stop.wait()
"""


def test_a_stop_signal_is_heard_though_another_thread_gets_it() -> None:
    subprocess.run([sys.executable, "-c", SIGNAL_TO_ANOTHER_THREAD], check=True, timeout=30)


@pytest.mark.parametrize("role", ["control", "execute"])
async def test_a_worker_that_cannot_start_says_why_and_ends(
    role: str, empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    worker = start(role, empty_database_url, broker_url, tmp_path)
    _, output = await asyncio.to_thread(worker.communicate, timeout=60)
    assert worker.returncode == 1
    assert "sptjobs db upgrade" in output


async def test_a_worker_whose_start_meets_something_unforeseen_ends_too(
    empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    await upgrade(empty_database_url)
    async with connect(empty_database_url) as database, database.write() as connection:
        # Two heads: no release writes that.
        await connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    worker = start("control", empty_database_url, broker_url, tmp_path)
    _, output = await asyncio.to_thread(worker.communicate, timeout=60)
    assert worker.returncode == 1
    assert "cannot start" in output


@pytest.mark.parametrize("role", ["control", "execute"])
async def test_the_age_of_the_heartbeat_file_tells_whether_the_event_loop_turns(
    role: str, empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    await upgrade(empty_database_url)
    file = tmp_path / "alive"
    more = {"SPT_HEARTBEAT": str(file)}
    worker = start(role, empty_database_url, broker_url, tmp_path, **more)
    try:
        await asyncio.to_thread(wait_until, "the worker lives", file.exists, 60)
        first = file.stat().st_mtime_ns
        beats = partial(is_newer, file, first)
        await asyncio.to_thread(wait_until, "it beats again", beats, 30)
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.1)
        stopped = file.stat().st_mtime_ns
        await asyncio.sleep(2)
        assert file.stat().st_mtime_ns == stopped
        worker.send_signal(signal.SIGCONT)
        worker.terminate()
        await asyncio.to_thread(worker.communicate, timeout=60)
        assert worker.returncode == 0
    finally:
        worker.kill()
        worker.wait()


async def test_a_control_worker_purges_what_is_over(
    empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    await upgrade(empty_database_url)
    async with connect(empty_database_url) as database:
        async with database.write() as connection:
            assert await spend(connection, "state", "x", timedelta(seconds=-1))
        worker = start("control", empty_database_url, broker_url, tmp_path)
        try:
            async with asyncio.timeout(60):
                while await _spent(database):
                    await asyncio.sleep(0.1)
        finally:
            worker.terminate()
            await asyncio.to_thread(worker.communicate, timeout=60)


async def _spent(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(spent)) or 0)


def is_newer(file: Path, than_ns: int) -> bool:
    return file.stat().st_mtime_ns > than_ns


async def test_the_heartbeat_stops_when_something_does_not_run_any_more(tmp_path: Path) -> None:
    async def hanging() -> None:
        await asyncio.sleep(60)

    background, file = Background(), tmp_path / "alive"
    async with heartbeat(background, file):
        await asyncio.to_thread(wait_until, "the file", file.exists, 30)
        async with background.repeating("beat", hanging, 1, limit_s=0.1):
            await asyncio.sleep(0.2)
            stopped = file.stat().st_mtime_ns
            await asyncio.sleep(1.5)
            assert file.stat().st_mtime_ns == stopped
        await asyncio.to_thread(wait_until, "it beats", partial(is_newer, file, stopped), 30)


ENDING = """
import asyncio
from sptjobs.background import repeating

async def soon(self):
    await asyncio.sleep(1)

repeating.Repetition.run = soon
"""


@pytest.mark.parametrize("role", ["control", "execute"])
async def test_a_background_task_that_ends_ends_its_worker(
    role: str, empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    """As if something had cancelled the task that the worker cannot do without."""
    await upgrade(empty_database_url)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "sitecustomize.py").write_text(ENDING)
    path = os.pathsep.join((str(inside), os.environ.get("PYTHONPATH", "")))
    worker = start(role, empty_database_url, broker_url, tmp_path, PYTHONPATH=path)
    try:
        _, said = await asyncio.to_thread(worker.communicate, timeout=60)
        assert "ended, and with it this process" in said
    finally:
        worker.kill()
        worker.wait()


@pytest.fixture
def line(broker_url: str) -> Iterator[Proxy]:
    with running_proxy(lambda: Path(broker_url.removeprefix("unix://"))) as proxy:
        yield proxy


@pytest.mark.parametrize("role", ["control", "execute"])
async def test_a_broker_that_hangs_is_a_few_lines_in_the_log_of_a_worker(
    role: str, empty_database_url: str, line: Proxy, tmp_path: Path
) -> None:
    await upgrade(empty_database_url)
    file = tmp_path / "alive"
    url = f"redis://127.0.0.1:{line.port}"
    worker = start(role, empty_database_url, url, tmp_path, SPT_HEARTBEAT=str(file))
    try:
        await asyncio.to_thread(wait_until, "the worker lives", file.exists, 60)
        await asyncio.sleep(1)
        line.lose()
        await asyncio.sleep(7)
        worker.terminate()
        _, said = await asyncio.to_thread(worker.communicate, timeout=60)
    finally:
        worker.kill()
        worker.wait()
    assert "the broker does not respond" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) < 20
