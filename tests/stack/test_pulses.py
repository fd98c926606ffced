"""Signs of life, looked for in real sockets and files."""

import os
import socket
import time
from pathlib import Path

import pytest

from sptjobs.stack.pulses import Pulse, broker_pulse, http_pulse, touched
from sptjobs.stack.stack_plan import make_plan

LIVE = b"HTTP/1.1 200 OK\r\n\r\n"


def looks(pulse: Pulse, count: int = 5) -> int:
    """Look some times, and count the signs of life; each look has to be short."""
    found = 0
    for _ in range(count):
        begun = time.monotonic()
        found += pulse()
        assert time.monotonic() - begun < 0.5
        time.sleep(0.01)
    return found


@pytest.mark.parametrize(
    ("response", "alive"),
    [
        (LIVE, True),
        (b"HTTP/1.0 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
        (b"HTTP/1.1 2000", False),
        (b"+PONG\r\n", False),
        (b"", False),
    ],
)
def test_a_server_lives_if_its_response_is_good(response: bytes, alive: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pulse = http_pulse("127.0.0.1", server.getsockname()[1], "/live")
        assert looks(pulse) == 0, "it has not responded yet"
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1000).startswith(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1:")
            connection.sendall(response)
        assert looks(pulse, 1) == alive
        assert looks(pulse) == 0, "it is asked anew, and has not responded to that"
    assert looks(pulse, 1) == 0, "it has gone"


def test_a_broker_lives_if_it_says_pong(tmp_path: Path) -> None:
    pulse = broker_pulse(tmp_path / "socket")
    assert looks(pulse) == 0, "nobody listens"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        assert looks(pulse) == 0
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b"PING\r\n"
            connection.sendall(b"+PONG\r\n")
            assert looks(pulse, 1) == 1


def test_a_port_where_nobody_listens_is_no_sign_of_life() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert looks(http_pulse("127.0.0.1", port, "/")) == 0


def test_a_file_lives_as_long_as_it_is_touched_whatever_its_time_says(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    pulse = touched(file)
    assert looks(pulse) == 5, "no file tells nothing"
    for hours in (0, 1, -1, 30):  # clocks are set
        at = time.time() + hours * 3600
        file.touch()
        os.utime(file, (at, at))
        assert looks(pulse) == 1


def processes(tmp_path: Path) -> dict[str, Pulse | None]:
    plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0", "SPT_EXECUTE_WORKERS": "2"})
    every = (*plan.broker(), *plan.identity_provider(), *plan.workers(), *plan.api())
    return {process.name: process.pulse for process in every}


def test_every_process_of_the_stack_is_looked_after(tmp_path: Path) -> None:
    found = processes(tmp_path)
    names = {"broker", "provider", "control", "execute-1", "execute-2", "api"}
    assert found.keys() == names
    assert None not in found.values()


def test_each_worker_has_a_file_of_its_own_but_for_the_operator_s(tmp_path: Path) -> None:
    def files(theirs: dict[str, str]) -> list[str]:
        given = {"SPT_PORT": "0", "SPT_EXECUTE_WORKERS": "2"} | theirs
        plan = make_plan(tmp_path / "var", tmp_path, given)
        return [each.environment["SPT_HEARTBEAT"] for each in plan.workers()]

    assert len(set(files({}))) == 3
    assert all(Path(file).exists() for file in files({})), "one that hangs from the start is seen"
    assert set(files({"SPT_HEARTBEAT": "/run/alive"})) == {"/run/alive"}
