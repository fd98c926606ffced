"""One process of the stack: what it is, how it is started, how it ended.

References
----------
prctl(2), PR_SET_PDEATHSIG: the signal comes when the *thread* that forked ends,
so everything here is started from the supervisor's main thread.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from sptjobs.children.bounds import die_with
from sptjobs.stack.pulses import Pulse


@dataclass(frozen=True, slots=True)
class ManagedProcess:
    """What to run and how to treat it.

    Attributes
    ----------
    name
        Prefix of its log lines, and its key in ``stack.json``.
    environment
        All of its environment variables.
    ready
        Whether it responds; None when being started is all that can be known.
    ready_s
        Seconds that it may take to respond.
    grace_s
        Seconds between SIGTERM and SIGKILL.
    pulse
        Tells signs of life once it runs; None when its end is all that can be noticed.
    timeout_s
        Seconds without a sign of life after which it is killed, to be started again.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    ready: Callable[[], bool] | None = None
    ready_s: float = 60.0
    grace_s: float = 10.0
    pulse: Pulse | None = None
    timeout_s: float = 60.0


def spawn(process: ManagedProcess, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, to be killed when this thread ends.

    Output and errors go to the file, or share one pipe when there is none. Call
    from a main thread; other threads may hold locks that the fork copies.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        try:
            die_with(parent)
        except SystemExit:
            os._exit(1)

    return subprocess.Popen(  # noqa: S603 - the commands are ours
        process.command,
        env=dict(process.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has no threads
    )


def send(child: subprocess.Popen[bytes], sig: signal.Signals) -> None:
    """Signal the child's whole group; nothing happens when it is gone."""
    try:
        os.killpg(child.pid, sig)
    except ProcessLookupError:
        return


def how_it_ended(code: int) -> str:
    """Say an exit code in words: ``exit code 3``, ``SIGKILL``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
