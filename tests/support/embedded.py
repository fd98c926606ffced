"""An embedded broker and a fresh database, both real, for tests without root."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sptjobs.stack.plan import make_plan
from sptjobs.stack.probes import broker_answers
from tests.support.processes import wait_until


@contextmanager
def embedded_broker() -> Iterator[str]:
    """Run the broker that the stack runs and give its URL."""
    # A short path of its own: a socket's path is limited to 108 bytes.
    with tempfile.TemporaryDirectory(prefix="spt-", dir="/tmp") as folder:
        var = Path(folder)
        (process,) = make_plan(var, var, {"SPT_PORT": "0"}).broker()
        running = subprocess.Popen(process.command)
        try:
            socket = var / "broker.sock"
            wait_until("the broker answers", lambda: broker_answers(socket), 20)
            yield f"unix://{socket}"
        finally:
            running.kill()
            running.wait()
