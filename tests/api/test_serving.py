"""The server as a process: it says when it listens, and stops at a signal."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.api.conftest import JOBS, KEY
from tests.support.processes import wait_until

WAITER = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Authorization": sys.argv[2]})
print(urllib.request.urlopen(request).status)
"""


@pytest.fixture
def environment(tmp_path: Path, broker_url: str, database_url: str) -> dict[str, str]:
    return os.environ | {
        "SPT_DATABASE_URL": database_url,
        "SPT_BROKER_URL": broker_url,
        "SPT_ARCHIVE": str(tmp_path),
        "SPT_RESULTS": str(tmp_path / "results"),
        "SPT_PORT": str(unused_port()),
        "SPT_TOKEN_KEY": KEY,
        "SPT_BASE_PATH": "/spt3g",
    }


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server while the block runs, which begins when it listens."""
    wanted = f'API server listening on port {environment["SPT_PORT"]} at base path "/spt3g"'
    command = [sys.executable, "-m", "sptapi"]
    # Into a file: a pipe that nobody reads stops the server once it is full.
    with (
        tempfile.NamedTemporaryFile() as log,
        subprocess.Popen(command, env=environment, stderr=log) as process,
    ):
        try:
            said = Path(log.name)
            wait_until("the server listens", lambda: wanted in said.read_text("utf-8"), 60)
            yield process
        finally:
            process.kill()


def token_of_ada(environment: dict[str, str]) -> str:
    """A token that an operator makes, good for ten minutes."""
    command = [sys.executable, "-c", "from sptapi.cli import main; import sys; sys.exit(main())"]
    arguments = ["token", "--user", "ada", "--group", "spt3g-users", "--ttl", "600"]
    return subprocess.check_output([*command, *arguments], env=environment, text=True).strip()


def test_a_token_of_the_command_opens_the_served_api_and_sigterm_frees_its_waiters(
    environment: dict[str, str],
) -> None:
    base = f"http://127.0.0.1:{environment['SPT_PORT']}/spt3g"
    headers = {"Authorization": f"Bearer {token_of_ada(environment)}", "Accept": "application/json"}
    with serving(environment) as process:
        create = urllib.request.Request(base + JOBS, b"RA=1&DEC=-57", headers)
        with urllib.request.urlopen(create) as response:
            job = json.load(response)
        assert job["ownerId"] == "ada"
        address = f"{base}{JOBS}/{job['jobId']}?WAIT=50"
        waiting = subprocess.Popen(
            [sys.executable, "-c", WAITER, address, headers["Authorization"]],
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1.0)
        assert waiting.poll() is None
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert waiting.communicate(timeout=5)[0].strip() == "200"
        assert process.wait(5) == 0
        assert time.monotonic() - begun < 4


@pytest.mark.any_database
def test_a_taken_port_is_named(environment: dict[str, str]) -> None:
    with serving(environment):
        second = subprocess.run(
            [sys.executable, "-m", "sptapi"],
            env=environment, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert second.returncode == 2
    assert re.search(rf"port {environment['SPT_PORT']} .* is taken", second.stderr)
    assert "Traceback" not in second.stderr


@pytest.mark.any_database
def test_missing_settings_are_named(environment: dict[str, str]) -> None:
    for name in ("SPT_TOKEN_KEY", "SPT_DATABASE_URL"):
        changed = {key: value for key, value in environment.items() if key != name}
        ended = subprocess.run(
            [sys.executable, "-m", "sptapi"],
            env=changed, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert ended.returncode == 2
        assert name in ended.stderr


def test_the_server_imports_no_science() -> None:
    code = (
        "import sys, sptapi.server, sptapi.cli, sptapi.services.tokens\n"
        "print({'numpy', 'astropy', 'reproject', 'scipy', 'PIL'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
