"""The state folder of a stack, and the short-lived runtime folder beside it."""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sptjobs.stack.reserve import release_reserve, take_reserve
from sptjobs.stack.supervisor import StackError

_SOCKET_PATH_BYTES = 100
"""Unix socket paths may have 108 bytes (unix(7)); the socket's own name is short."""


@contextmanager
def held(var: Path) -> Iterator[Path]:
    """Hold the state folder, making it if need be, and yield a private runtime folder.

    The kernel lets go of the lock when this process ends, however it ends. A
    runtime folder that a killed predecessor left behind is removed.

    Raises
    ------
    StackError
        Another process holds the folder, or it cannot be written.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise StackError(f"SPT_VAR: cannot write to {var}: {error.strerror}") from error
    with lock:
        before = _take(lock, var)
        if left_behind := before.get("runtime"):
            shutil.rmtree(left_behind, ignore_errors=True)
        runtime = _runtime_folder()
        try:
            release_reserve(var)
            _write(lock, {"pid": os.getpid(), "runtime": str(runtime)})
            yield runtime
        finally:
            take_reserve(var)
            shutil.rmtree(runtime, ignore_errors=True)
            _write(lock, {})


def _take(lock: IO[str], var: Path) -> dict[str, Any]:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _read(lock).get("pid", "unknown")
        raise StackError(
            f"The state folder {var} is in use by process {holder}. "
            "Stop that one, or name another folder: SPT_VAR=/some/folder"
        ) from None
    return _read(lock)


def _read(lock: IO[str]) -> dict[str, Any]:
    lock.seek(0)
    try:
        content = json.loads(lock.read() or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _write(lock: IO[str], content: dict[str, Any]) -> None:
    # What is held is the lock: what the file says only helps, and a full disk may not take it.
    with suppress(OSError):
        os.ftruncate(lock.fileno(), 0)
        os.pwrite(lock.fileno(), json.dumps(content).encode(), 0)


def _runtime_folder() -> Path:
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it private
        if not parent or len(os.fsencode(parent)) > _SOCKET_PATH_BYTES - 30:
            continue
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="spt-", dir=parent))  # mode 0700
    raise StackError("No folder for the broker's socket: XDG_RUNTIME_DIR and /tmp cannot be used")


def secret_file(path: Path) -> Path:
    """Make a file with a random secret that only its owner may read, unless it is there."""
    if not path.exists():
        private_text(path, secrets.token_urlsafe(48) + "\n")
    return path


def private_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Raises
    ------
    OSError
        It cannot be written, as on a full disk; an older one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def convenient_text(path: Path, text: str, say: Callable[[str], None]) -> None:
    """Write a file that the stack runs without, likewise; say why where it cannot be written."""
    try:
        private_text(path, text)
    except OSError as error:
        say(f"cannot write {path}: {error.strerror}; going on without")
