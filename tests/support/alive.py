"""Whether all that the processes of a stack repeat beside their work still runs."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import requests

from sptjobs.stack.running import RunningStack
from tests.support.processes import wait_until

_BEAT = "SPT_HEARTBEAT="


def wait_until_all_is_repeated(stack: RunningStack, timeout_s: float = 60.0) -> None:
    """Wait until the API server and each worker say that every task of theirs ran lately.

    A worker touches its file only while that holds, the API server responds so to ``/live``.
    """
    for name in stack.processes:
        if name.startswith(("control", "execute")):
            beats_on = partial(_beats_on, stack, name, _last_beat(stack, name))
            wait_until(f"every task of {name} runs", beats_on, timeout_s)
    wait_until("every task of the API server runs", partial(_is_live, stack), timeout_s)


def _beats_on(stack: RunningStack, name: str, before: int) -> bool:
    return _last_beat(stack, name) not in {0, before}


def _last_beat(stack: RunningStack, name: str) -> int:
    """The time of a worker's file [ns]; 0 while the worker is started again."""
    with suppress(OSError):
        variables = Path(f"/proc/{stack.processes[name]}/environ").read_text("utf-8").split("\0")
        file = next(each for each in variables if each.startswith(_BEAT)).removeprefix(_BEAT)
        return Path(file).stat().st_mtime_ns
    return 0


def _is_live(stack: RunningStack) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{stack.url}/live", timeout=30).ok
    return False
