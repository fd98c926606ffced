"""Whether all that the processes of a stack repeat beside their work still runs."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import requests

from sptjobs.stack.running import RunningStack
from tests.support.processes import descendants, wait_until

_BEAT = "SPT_HEARTBEAT="


def wait_until_all_is_repeated(stack: RunningStack, timeout_s: float = 60.0) -> None:
    """Wait until the API server and each worker say that every task of theirs ran lately.

    A worker touches its file only while that holds, the API server responds so to ``/live``.
    """
    workers = [name for name in stack.processes if name.startswith(("control", "execute"))]
    before = _beats(stack)

    def all_beat() -> bool:
        now = _beats(stack)
        return len(now) == len(workers) and not now.items() & before.items()

    wait_until("every task of the workers runs", all_beat, timeout_s)
    wait_until("every task of the API server runs", partial(_is_live, stack), timeout_s)


def _beats(stack: RunningStack) -> dict[Path, int]:
    """The files that living workers touch, with their times [ns].

    ``stack.json`` does not tell who lives: on a full disk it is not written at a restart.
    """
    found = {}
    for pid in descendants(stack.supervisor.pid):
        with suppress(OSError):
            variables = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8").split("\0")
            for each in variables:
                if each.startswith(_BEAT):
                    file = Path(each.removeprefix(_BEAT))
                    found[file] = file.stat().st_mtime_ns
    return found


def _is_live(stack: RunningStack) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{stack.url}/live", timeout=30).ok
    return False
