"""Who types what developers of the original web app typed gets the same."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = "src/cutout-web-app"
YARN = "yarn@1.22.22"
ADDRESS = "http://127.0.0.1:3000/app/cutout/"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The web app as it is in the repository, without what npm installed."""
    listed = subprocess.run(
        ["git", "ls-files", APP], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path / APP


@pytest.fixture
def yarn(tmp_path: Path) -> list[str]:
    """The command of a real yarn."""
    subprocess.run(
        ["npm", "install", "--no-progress", "--no-audit", "--prefix", tmp_path / "yarn", YARN],
        check=True,
    )
    return [str(tmp_path / "yarn/node_modules/.bin/yarn"), "--silent"]


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a command as long as this lasts, its children too."""
    settings = os.environ | {"NO_COLOR": "1", "SPT_SERVICE": "http://127.0.0.1:9"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself, with all its children
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_yarn_install_and_yarn_start_serve_the_page_at_port_3000_and_say_so(
    app: Path, yarn: list[str]
) -> None:
    registry = subprocess.run(
        ["npm", "config", "get", "registry"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run([*yarn, "install", "--no-progress", "--registry", registry], cwd=app, check=True)
    for command in ([*yarn, "start"], ["npm", "start"]):
        with started(command, app) as server:
            assert server.stdout is not None
            assert any(ADDRESS in line for line in server.stdout), "another server has port 3000"
            # Who starts it twice is told so, and gets no other port that no proxy knows.
            with started(command, app) as second:
                said = second.communicate(timeout=60)[0]
                assert "Port 3000 is already in use" in said
                assert second.returncode != 0
    subprocess.run([*yarn, "build"], cwd=app, check=True)
    assert (app.parent / "sptapi/web/index.html").exists()
