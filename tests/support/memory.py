"""Anonymous memory of processes, sampled while something runs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.beside import every

_EVERY_S = 0.1


def anonymous_bytes(pid: int) -> int:
    """Private memory of a process that no file backs, 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    found = [line for line in lines if line.startswith("RssAnon:")]
    return int(found[0].split()[1]) << 10 if found else 0


def command_of(pid: int) -> str:
    """The command line of a process, for messages."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return " ".join(word.decode("utf-8", "replace") for word in words)[-90:].strip()


@contextmanager
def peaks(processes: Callable[[], Iterable[int]]) -> Iterator[dict[str, int]]:
    """Sample processes until the block ends; the dictionary then has each one's peak [bytes]."""
    found: dict[str, int] = {}

    def sample() -> None:
        for pid in processes():
            size = anonymous_bytes(pid)
            name = f"{pid} {command_of(pid)}"
            found[name] = max(found.get(name, 0), size)

    with every(_EVERY_S, sample):
        yield found
