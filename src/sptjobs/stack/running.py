"""A whole stack as a subprocess, for the demo and the tests."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sptjobs.stack.managed_process import ManagedProcess, how_it_ended, spawn
from sptjobs.stack.supervisor import StackError


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A stack that is up.

    Attributes
    ----------
    url
        Address of the service, without a slash at its end.
    token
        An access token of the user ``demo``.
    var
        Its state folder.
    log
        File with everything that its processes print.
    """

    url: str
    token: str
    var: Path
    log: Path
    supervisor: subprocess.Popen[bytes]

    @property
    def processes(self) -> dict[str, int]:
        """Names and process ids, as they are now: a restart changes them."""
        pids: dict[str, int] = self._description()["processes"]
        return pids

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a command (``sptapi token``) works on this stack."""
        settings: dict[str, str] = self._description()["settings"]
        return dict(os.environ) | settings

    def password(self, user: str) -> str:
        """Password of a user of the stack's own identity provider."""
        passwords: dict[str, str] = json.loads(
            (self.var / "provider/passwords.json").read_text("utf-8")
        )
        return passwords[user]

    def _description(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.var / "stack.json").read_text("utf-8"))
        return content


@contextmanager
def running_stack(
    var: Path, settings: Mapping[str, str] | None = None, *, timeout_s: float = 240.0
) -> Iterator[RunningStack]:
    """Start the stack on a free port, yield it when it is ready, and stop it.

    Parameters
    ----------
    var
        State folder; kept.
    settings
        Further ``SPT_`` variables. Those of the calling process do not count.

    Raises
    ------
    StackError
        It did not start; the message ends with what it printed last.
    """
    var.mkdir(parents=True, exist_ok=True)
    log = var / "stack.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPT_")}
    environment = kept | {"SPT_VAR": str(var), "SPT_PORT": "0"} | dict(settings or {})
    for stale in ("stack.json", "token"):
        (var / stale).unlink(missing_ok=True)
    command = (sys.executable, "-m", "sptjobs.stack")
    with log.open("wb") as output:
        child = spawn(ManagedProcess("stack", command, environment), output=output)
    try:
        yield _ready(child, var, log, timeout_s)
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes], timeout_s: float = 60.0) -> int:
    """Stop a supervisor as Ctrl-C does, wait for it, and return its exit code."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
    try:
        return child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _ready(child: subprocess.Popen[bytes], var: Path, log: Path, timeout_s: float) -> RunningStack:
    deadline = time.monotonic() + timeout_s
    while not (var / "token").exists():
        if child.poll() is not None:
            raise StackError(f"The stack ended ({how_it_ended(child.returncode)}):\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise StackError(f"The stack was not ready within {timeout_s:g} s:\n{_tail(log)}")
        time.sleep(0.05)
    description = json.loads((var / "stack.json").read_text("utf-8"))
    token = (var / "token").read_text("utf-8").strip()
    return RunningStack(description["url"], token, var, log, child)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-25:])
