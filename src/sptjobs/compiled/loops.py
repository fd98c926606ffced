"""Where the compiled loops are, if there was a compiler when this was installed."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

_NEWEST = "json_rows"
"""What a binary that was built of an earlier source has not."""

try:
    _found: ModuleType | None = import_module("sptjobs.compiled._loops")
except ImportError:
    _found = None
if not hasattr(_found, _NEWEST):
    _found = None


def compiled_loops() -> ModuleType | None:
    """The functions of ``loops.c`` and ``texts.c``; None where NumPy has to do without."""
    return _found


def number_texts(values: Sequence[Any]) -> list[str]:
    """What ``repr`` gives of each number."""
    return list(map(repr, values)) if _found is None else list(_found.number_texts(values))
