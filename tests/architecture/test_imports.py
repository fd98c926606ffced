"""Which packages a process loads, seen in fresh interpreters.

import-linter checks our own arrows. What third-party packages pull in, it does
not see; these tests do.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.small_maps import make_map

ROOT = Path(__file__).parents[2]
SCIENCE = {"numpy", "astropy", "reproject", "scipy", "PIL"}
WEB = {"aiohttp", "aiohttp_session", "jwt"}
PLUMBING = {"sqlalchemy", "alembic", "dramatiq", "redis", "asyncpg", "aiosqlite"}
RESAMPLING = {"scipy", "reproject", "dask", "mocpy", "astropy_healpix"}
KERNEL = (
    "sptjobs.uws.errors",
    "sptjobs.uws.jobs",
    "sptjobs.uws.phases",
    "sptjobs.request.cutout_request",
    "sptjobs.maps.record",
    "sptjobs.packs.records",
    "sptjobs.packs.reader",
    "sptjobs.packs.writer",
    "sptjobs.packs.manifest",
    "sptjobs.execution.child.orders",
    "sptjobs.execution.child.child_process",
    "sptjobs.settings",
    "sptjobs.stack.__main__",
)


def loaded_by(*modules: str) -> set[str]:
    """Top-level names of everything that importing the modules loads."""
    program = (
        f"import importlib, json, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout))


def test_the_api_loads_no_science() -> None:
    assert not loaded_by("sptapi.cli", "sptapi.app") & SCIENCE


def test_a_worker_loads_neither_science_nor_a_web_framework() -> None:
    loaded = loaded_by("sptjobs.commands.cli", "sptjobs.worker.worker_process")
    assert not loaded & SCIENCE
    assert not loaded & WEB


def test_who_only_looks_at_the_schema_s_revision_does_not_load_what_migrates() -> None:
    loaded = loaded_by(
        *("sptapi.cli", "sptapi.server", "sptjobs.worker.worker_process"),
        *("sptjobs.commands.archive_command", "sptjobs.commands.results_command"),
    )
    assert not loaded & {"alembic", "mako", "pygments"}


def test_the_cutting_child_loads_no_plumbing_and_no_web_framework() -> None:
    loaded = loaded_by("sptjobs.execution.child.main", "sptjobs.children.template_main")
    assert not loaded & (PLUMBING | WEB)


def test_cutting_one_native_stamp_loads_neither_plumbing_nor_what_resamples(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(120, 200))
    (tmp_path / "targets.csv").write_text("RA,DEC\n0,-57.5\n")
    words = ["cutout", "--positions", str(tmp_path / "targets.csv"), "--size", "3"]
    words += ["--out", str(tmp_path / "out"), str(tmp_path / record.path)]
    program = (
        "import json, sys\nfrom sptjobs.commands.cli import main\n"
        f"assert main({words!r}) == 0\n"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert list((tmp_path / "out").rglob("*.fits"))
    assert not loaded & (PLUMBING | WEB | RESAMPLING | {"asyncio", "tqdm"})


@pytest.mark.parametrize("module", KERNEL)
def test_the_kernel_and_the_supervisor_load_only_the_standard_library(module: str) -> None:
    ours = {"sptjobs", "__main__"}
    # The editable installation and the site's .pth files load a few of their own.
    before = loaded_by("json")
    assert loaded_by(module) - before - ours <= set(sys.stdlib_module_names)


def test_the_contracts_of_imports_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--config", "setup.cfg", "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
