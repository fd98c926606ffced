"""The supervisor with a real broker and sleepers in place of the service."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.processes import all_gone, descendants, is_alive, wait_until
from tests.support.small_stack import TIMEOUT_S

ROOT = Path(__file__).parents[2]


class SmallStack:
    """A supervisor in a subprocess, and what it says of itself."""

    def __init__(self, var: Path, *options: str) -> None:
        self.var = var
        self.log = var.parent / f"{var.name}.log"
        command = [sys.executable, "-m", "tests.support.small_stack", str(var), *options]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def wait_ready(self) -> "SmallStack":
        # The sleepers have set up their signals once they speak.
        wait_until("the small stack is ready", lambda: self.said().count("| awake") == 2, 20)
        return self

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = json.loads((self.var / "pids.json").read_text("utf-8"))
        return pids

    def runtime(self) -> Path:
        return Path(json.loads((self.var / "lock").read_text("utf-8"))["runtime"])


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[SmallStack]:
    small = SmallStack(tmp_path / "a folder with spaces").wait_ready()
    yield small
    if small.child.poll() is None:
        small.child.kill()
    small.child.wait()


def test_ctrl_c_leaves_no_process_and_no_runtime_folder(stack: SmallStack) -> None:
    family = descendants(stack.child.pid)
    runtime = stack.runtime()
    assert len(family) == 3
    assert runtime.stat().st_mode & 0o777 == 0o700
    stack.child.send_signal(signal.SIGINT)
    assert stack.child.wait(15) == 0
    assert all_gone(family)
    assert not runtime.exists()


def test_what_ignores_sigterm_is_killed_after_its_grace(stack: SmallStack) -> None:
    stack.child.send_signal(signal.SIGTERM)
    assert stack.child.wait(15) == 0
    assert "killing second" in stack.said()
    assert "killing first" not in stack.said()


def test_the_second_ctrl_c_kills_at_once(stack: SmallStack) -> None:
    begun = time.monotonic()
    stack.child.send_signal(signal.SIGINT)
    wait_until("the first one goes", lambda: not is_alive(stack.pids()["first"]), 5)
    stack.child.send_signal(signal.SIGINT)
    stack.child.wait(15)
    assert time.monotonic() - begun < 1.9  # the grace is 2 s


def test_sigkill_of_the_supervisor_leaves_no_process_within_three_seconds(
    stack: SmallStack,
) -> None:
    family = descendants(stack.child.pid)
    stack.child.kill()
    wait_until("every process is gone", lambda: all_gone(family), 3)


def _has_successor(stack: SmallStack, name: str, before: int) -> bool:
    pid = stack.pids()[name]
    return pid != before and is_alive(pid)


def test_what_dies_is_started_again(stack: SmallStack) -> None:
    for name in ("broker", "first"):
        before = stack.pids()[name]
        os.kill(before, signal.SIGKILL)
        runs_again = partial(_has_successor, stack, name, before)
        wait_until(f"{name} runs again", runs_again, 5)
        assert f"{name} ended (SIGKILL), starting it again" in stack.said()
    broker = stack.runtime() / "broker.sock"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(broker))
        client.sendall(b"PING\r\n")
        assert client.recv(16).startswith(b"+PONG")


@pytest.fixture
def watchful_stack(tmp_path: Path) -> Iterator[SmallStack]:
    small = SmallStack(tmp_path / "watchful", "watchful").wait_ready()
    yield small
    if small.child.poll() is None:
        small.child.kill()
    small.child.wait()


def test_what_hangs_is_killed_started_again_and_named(watchful_stack: SmallStack) -> None:
    stack, names = watchful_stack, ("broker", "first", "second")
    before = stack.pids()
    # All, and the supervisor too, as by Ctrl-Z: what it did not see is held against nobody.
    everybody = (stack.child.pid, *(before[name] for name in names))
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(TIMEOUT_S + 0.5)
    for pid in everybody:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)
    assert stack.pids() == before
    for name in names:
        os.kill(before[name], signal.SIGSTOP)
    for name in names:
        wait_until(f"{name} runs again", partial(_has_successor, stack, name, before[name]), 20)
        assert f"| {name} gave no sign of life for" in stack.said()
        assert f"| {name} ended (SIGKILL), starting it again" in stack.said()


@pytest.fixture
def slow_stack(tmp_path: Path) -> Iterator[SmallStack]:
    small = SmallStack(tmp_path / "slow", "slow")
    wait_until("it upgrades", lambda: "| upgrading" in small.said(), 20)
    yield small
    if small.child.poll() is None:
        small.child.kill()
    small.child.wait()


def test_what_dies_while_something_else_starts_is_started_again(slow_stack: SmallStack) -> None:
    stack = slow_stack
    # While a command runs, and while others of the next tier are not ready.
    broker = stack.pids()["broker"]
    os.kill(broker, signal.SIGKILL)
    wait_until("the broker runs again", partial(_has_successor, stack, "broker", broker), 10)
    wait_until("the next tier runs", lambda: stack.said().count("| awake") == 2, 20)
    for name in ("broker", "first"):
        before = stack.pids()[name]
        os.kill(before, signal.SIGKILL)
        wait_until(f"{name} runs again", partial(_has_successor, stack, name, before), 10)
    assert "| ready" not in stack.said()
    (stack.var / "second").touch()
    wait_until("the stack is ready", lambda: "| ready" in stack.said(), 20)
    stack.child.send_signal(signal.SIGINT)
    assert stack.child.wait(15) == 0


def test_what_dies_before_it_responded_ends_the_start(slow_stack: SmallStack) -> None:
    wait_until("the next tier runs", lambda: slow_stack.said().count("| awake") == 2, 20)
    os.kill(slow_stack.pids()["second"], signal.SIGKILL)
    assert slow_stack.child.wait(15) == 1
    assert "second ended with SIGKILL" in slow_stack.said()


def test_a_state_folder_is_held_by_one_stack_and_a_second_is_stated_by_whom(
    stack: SmallStack,
) -> None:
    second = SmallStack(stack.var)
    assert second.child.wait(15) == 1
    assert f"in use by process {stack.child.pid}" in stack.said()
    assert is_alive(stack.pids()["first"])


def test_a_stack_starts_after_its_predecessor_was_killed(stack: SmallStack) -> None:
    left_behind = stack.runtime()
    stack.child.kill()
    stack.child.wait()
    assert left_behind.exists()
    stack.log.unlink()
    successor = SmallStack(stack.var).wait_ready()
    try:
        assert not left_behind.exists()
    finally:
        successor.child.send_signal(signal.SIGINT)
        assert successor.child.wait(15) == 0


def test_the_log_lines_carry_the_name_of_the_process(stack: SmallStack) -> None:
    assert "first     | awake\n" in stack.said()


def _run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPT_")}
    return subprocess.run(
        [sys.executable, "-m", "sptjobs.stack"],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = _run({"SPT_VAR": str(tmp_path / "var"), "SPT_PORT": str(port)})
    assert ended.returncode == 1
    assert f"Port {port} on 127.0.0.1 is busy" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("SPT_PORT", "http"), ("SPT_PORT", "-1"), ("SPT_PORT", "65536"), ("SPT_EXECUTE_WORKERS", "0")],
)
def test_a_wrong_number_is_named(tmp_path: Path, name: str, value: str) -> None:
    ended = _run({"SPT_VAR": str(tmp_path / "var"), name: value})
    assert ended.returncode == 1
    assert name in ended.stderr
    assert repr(value) in ended.stderr


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = _run({"SPT_VAR": str(tmp_path / "file")})
    assert ended.returncode == 1
    assert "SPT_VAR" in ended.stderr
