"""The compiled loops as their source is now, whatever was installed."""

import importlib.util
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from sptjobs.compiled import loops

SOURCES = sorted(Path(loops.__file__).parent.glob("*.c"))


def compiled_anew(folder: Path) -> ModuleType:
    """Compile the loops, every warning an error; skip where there is nothing to compile with."""
    compiler = shutil.which("cc")
    headers = Path(sysconfig.get_path("include"))
    if compiler is None or not (headers / "Python.h").exists():
        pytest.skip("no C compiler, or no headers of Python")
    binary = folder / "_loops.abi3.so"
    subprocess.run(
        [
            compiler, "-shared", "-fPIC", "-O3", "-ffp-contract=off", "-fno-math-errno",
            "-fno-trapping-math", "-Wall", "-Wextra", "-Werror",
            "-DPy_LIMITED_API=0x030b0000", f"-I{headers}", "-o", str(binary), *map(str, SOURCES),
        ],
        check=True,
        timeout=120,
    )  # fmt: skip
    spec = importlib.util.spec_from_file_location("_loops", binary)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def having_loops(found: ModuleType | None) -> Iterator[None]:
    """Have the compiled loops be these, or NumPy alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "_found", found)
        yield
