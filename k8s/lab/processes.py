"""Processes of the lab: started in its network namespace, ended by their ids."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

NAMESPACE = "spt3g-lab"
ENTER = ("nsenter", f"--net=/run/netns/{NAMESPACE}")
"""How a command runs in the lab's network: `ip netns exec` would hide the cgroups."""


# What outlives this program is not waited for; Python would complain of handles that are lost.
_started: list[subprocess.Popen[bytes]] = []


class LabError(Exception):
    """The lab cannot go on; the message says why."""


def run(*command: str | Path, stdin: str | None = None) -> str:
    """Run a command and give what it says; the error of one that fails names what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout}")
    return done.stdout


def start(state: Path, name: str, command: Sequence[str | Path]) -> int:
    """Start a process of the lab that outlives this one, and note its id."""
    log = state / "log" / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*ENTER, *command],
            cwd=state,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    # The program's own id: nsenter becomes it.
    (state / "pid" / name).write_text(f"{process.pid} {Path(command[0]).name}")
    return process.pid


def stop(state: Path, name: str, timeout_s: float = 10) -> None:
    """End a process that was started here, and wait for its end."""
    note = state / "pid" / name
    if not note.exists():
        return
    pid, program = note.read_text().split(maxsplit=1)
    for number in (signal.SIGTERM, signal.SIGKILL):
        # Ids come around again: only a process that is still what was started is ended.
        if not is_running(int(pid), program):
            break
        os.kill(int(pid), number)
        until(lambda: not is_running(int(pid), program), timeout_s)
    note.unlink()


def is_running(pid: int, program: str) -> bool:
    """Whether a process runs and is of that program."""
    try:
        # Not the command line, which nginx for one rewrites; the kernel keeps 15 letters.
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX" and name == program[:15]


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; whether it did in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def wait_for(what: str, *command: str | Path, seconds: float = 240) -> None:
    """Wait until a command ends well."""

    def ends_well() -> bool:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if not until(ends_well, seconds):
        raise LabError(f"{what}: not within {seconds:g} s")
