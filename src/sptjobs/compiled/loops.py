"""Where the compiled loops are, if there was a compiler when this was installed."""

from importlib import import_module
from types import ModuleType

try:
    _found: ModuleType | None = import_module("sptjobs.compiled._loops")
except ImportError:
    _found = None


def compiled_loops() -> ModuleType | None:
    """The functions of ``loops.c``; None where NumPy has to do without."""
    return _found
