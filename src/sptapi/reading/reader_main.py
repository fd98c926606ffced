"""The program of a reading process: one order in, one reply out, until its parent ends.

Orders and replies are pickles with their length before them; a reply also has a byte
that asks to be replaced. Both ends are this program's own; nothing that a user sent is
ever unpickled.
"""

import io
import logging
import os
import pickle
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from sptjobs.children.bounds import cap_memory, die_with, take_stdout
from sptjobs.request.reading_apart import Astronomy, provide
from sptjobs.uws.errors import ServiceError, TooLargeError

_log = logging.getLogger(__name__)

_NICENESS = 5
"""The event loop goes first where they share a core."""

_WORN_BYTES = 200 << 20
"""Private memory with which a process is replaced: it gives little of it back."""

LENGTH_BYTES = 8


def carry_out_orders() -> int:
    """Carry out orders from standard input until it ends.

    Arguments are the parent's process id, the cap on private memory in bytes, and
    the modules to import before the first order.
    """
    parent, memory, *modules = sys.argv[1:]
    die_with(int(parent))
    os.nice(_NICENESS)
    cap_memory(int(memory))
    replies = take_stdout()
    for name in modules:
        import_module(name)
    provide(_astronomy)
    _send(replies, b"")  # ready
    shared = _Shared()
    while header := sys.stdin.buffer.read(LENGTH_BYTES):
        order = sys.stdin.buffer.read(int.from_bytes(header, "big"))
        _send(replies, _reply(order, shared))
    return 0


def _astronomy() -> Astronomy:
    # Loaded with the first table that needs it: most processes never see one.
    from sptjobs.target_tables.astropy_tables import load_astronomy  # noqa: PLC0415 - see above

    return load_astronomy()


class _Shared:
    """The one large argument that orders have in common, kept under its name."""

    def __init__(self) -> None:
        self.name, self.value = "", None

    def keep(self, name: str, content: bytes) -> None:
        self.name, self.value = name, pickle.loads(content)  # noqa: S301 - of our parent


def _reply(order: bytes, shared: _Shared) -> bytes:
    try:
        result: object = _carry_out(order, shared)
        done = True
    except ServiceError as error:
        result, done = error, False
    except MemoryError:
        done = False
        result = TooLargeError("the request needs too much memory to be read; send fewer targets")
    except Exception:  # noqa: BLE001 - whatever it is, the server hears of it; logged
        _log.exception("a request could not be read")
        result, done = None, False
    return pickle.dumps((done, result), pickle.HIGHEST_PROTOCOL)


def _carry_out(order: bytes, shared: _Shared) -> object:
    stream = io.BytesIO(order)
    name, content = pickle.load(stream)  # noqa: S301 - of our parent
    if content is not None:
        shared.keep(name, content)
    work: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
    work = pickle.load(stream)  # noqa: S301 - as above
    function, arguments, named = work
    return function(*arguments, *((shared.value,) if name else ()), **named)


def _private_bytes() -> int:
    _, resident, shared, *_ = Path("/proc/self/statm").read_text("ascii").split()
    return (int(resident) - int(shared)) * resource.getpagesize()


def _send(replies: BinaryIO, reply: bytes) -> None:
    worn = _private_bytes() > _WORN_BYTES
    replies.write(len(reply).to_bytes(LENGTH_BYTES, "big") + bytes([worn]))
    replies.write(reply)
    replies.flush()


if __name__ == "__main__":
    sys.exit(carry_out_orders())
