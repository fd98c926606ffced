"""What the lab does to processes of this machine: only to those that it started."""

import subprocess
from collections.abc import Iterator

import pytest

from k8s.lab.processes import is_running, until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_an_id_is_of_a_process_only_while_its_program_runs(
    sleeper: subprocess.Popen[bytes],
) -> None:
    # A process has the name of its program shortly after it runs it.
    assert until(lambda: is_running(sleeper.pid, "sleep"), 10)
    assert not is_running(sleeper.pid, "etcd")
    sleeper.kill()
    sleeper.wait()
    assert not is_running(sleeper.pid, "sleep")
