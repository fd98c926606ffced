"""A broker of its own for a test: the embedded one, or the system's Redis."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from sptjobs.stack.probes import broker_responds
from sptjobs.stack.stack_plan import make_plan
from tests.support.processes import wait_until

KIND = os.environ.get("SPT_TEST_BROKER", "embedded")


@dataclass
class PrivateBroker:
    """A running broker that stores nothing, on a Unix socket."""

    command: tuple[str, ...]
    socket: Path
    running: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def restart(self) -> None:
        """Kill it with all its data and start an empty one."""
        self.running.kill()
        self.running.wait()
        self.running = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        wait_until("the broker answers", lambda: broker_responds(self.socket), 20)


@contextmanager
def embedded_broker() -> Iterator[str]:
    """Run a broker of the kind that ``SPT_TEST_BROKER`` names and give its URL."""
    with private_broker(KIND) as broker:
        yield broker.url


@contextmanager
def private_broker(kind: str) -> Iterator[PrivateBroker]:
    """Run a broker: ``embedded`` is the stack's, ``redis`` the system's."""
    # A short path of its own: a socket's path is limited to 108 bytes.
    with tempfile.TemporaryDirectory(prefix="spt-", dir="/tmp") as folder:
        var = Path(folder)
        socket = var / "broker.sock"
        command = _embedded(var) if kind == "embedded" else redis_command(socket)
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        broker = PrivateBroker(command, socket, running)
        try:
            wait_until("the broker answers", lambda: broker_responds(socket), 20)
            yield broker
        finally:
            broker.running.kill()
            broker.running.wait()


def _embedded(var: Path) -> tuple[str, ...]:
    (process,) = make_plan(var, var, {"SPT_PORT": "0"}).broker()
    return tuple(process.command)


def redis_command(socket: Path) -> tuple[str, ...]:
    """How to run the system's Redis on a Unix socket, storing nothing."""
    server = shutil.which("redis-server")
    assert server is not None, "no Redis found: apt-get install redis-server"
    flags = {"--port": "0", "--unixsocket": str(socket), "--save": "", "--appendonly": "no"}
    flags |= {"--dir": str(socket.parent), "--maxmemory-policy": "noeviction"}
    return (server, *(word for flag in flags.items() for word in flag))


def forget_counts(url: str) -> None:
    """Forget how often anything was tried: tests share an address and a broker."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter("spt:rate:*"):
            client.delete(key)
