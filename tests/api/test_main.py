"""``python3 main.py``, as developers type it in the API server's folder."""

import os
import pty
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.api.conftest import KEY

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/sptapi"

WATCHER = """#!/bin/sh
# Stands for watchfiles and the debugger, which only the container has: the server until Ctrl-C.
exec python -m sptapi
"""


@pytest.fixture
def environment(tmp_path: Path, broker_url: str, database_url: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("SPT_", "PYTHON"))}
    return kept | {
        "SPT_DATABASE_URL": database_url,
        "SPT_BROKER_URL": broker_url,
        "SPT_ARCHIVE": str(tmp_path),
        "SPT_RESULTS": str(tmp_path / "results"),
        "SPT_PORT": str(unused_port()),
        "SPT_TOKEN_KEY": KEY,
    }


@pytest.mark.parametrize(
    ("folder", "words"),
    [(FOLDER, ["main.py"]), (ROOT, ["src/sptapi/main.py"]), (FOLDER, ["-P", "main.py"])],
    ids=["in its folder", "from elsewhere", "safe path"],
)
def test_main_starts_the_server_and_says_where_it_listens(
    environment: dict[str, str], folder: Path, words: list[str]
) -> None:
    process = subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        port = environment["SPT_PORT"]
        listening = f'API server listening on port {port} at base path ""'
        assert any(listening in line for line in process.stderr)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/live") as response:
            assert response.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def test_what_is_not_set_is_named(environment: dict[str, str]) -> None:
    del environment["SPT_DATABASE_URL"]
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=FOLDER, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"SPT_DATABASE_URL" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_python_without_the_packages_says_what_installs_them() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "main.py"], cwd=FOLDER, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"make setup" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_development_container_leaves_a_prompt_after_ctrl_c(
    environment: dict[str, str], tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "watchfiles").write_text(WATCHER)
    (programs / "watchfiles").chmod(0o755)
    path = (str(programs), str(Path(sys.executable).parent), environment["PATH"])
    environment |= {"PATH": os.pathsep.join(path), "HOME": str(tmp_path)}
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        os.execve("k8s/dev/api-server", ["k8s/dev/api-server"], environment)
    try:
        expect(terminal, "API server listening")
        os.write(terminal, b"\x03")
        expect(terminal, "It starts again by: python3 main.py")
        os.write(terminal, b"python3 main.py\n")
        expect(terminal, 'at base path ""')
        os.write(terminal, b"\x03")
        expect(terminal, "stopping")
        os.write(terminal, b"exit\n")
        assert os.waitpid(pid, 0)[1] == 0
    finally:
        os.close(terminal)


def expect(terminal: int, text: str) -> None:
    """Read a terminal until it shows a text."""
    shown, deadline = b"", time.monotonic() + 60
    os.set_blocking(terminal, False)
    while text.encode() not in shown:
        assert time.monotonic() < deadline, shown.decode(errors="replace")
        try:
            shown += os.read(terminal, 4096)
        except BlockingIOError:
            time.sleep(0.05)
