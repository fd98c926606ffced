"""What the Makefile does on a machine without Node: it says so, and goes on where it can."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = "Install it: apt-get install nodejs npm"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a PATH on which there is everything but Node."""
    folder = tmp_path_factory.mktemp("bin")
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            link = folder / program.name
            if program.name not in {"node", "nodejs", "npm", "npx"} and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def make(path: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if n not in {"CI", "MAKEFLAGS", "MAKELEVEL"}}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=kept | variables | {"PATH": path}, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_web_app_is_not_built_and_the_command_that_helps_is_named(path: str) -> None:
    done = make(path, "web")
    assert (done.returncode != 0, INSTALL in done.stderr) == (True, True), done


def test_the_checks_of_the_web_app_are_said_not_to_run_and_fail_in_ci(path: str) -> None:
    done = make(path, "web-checks")
    assert done.returncode == 0
    assert "NOT RUN: the checks of the web app." in done.stderr
    assert INSTALL in done.stderr
    assert make(path, "web-checks", CI="true").returncode != 0


def test_the_stack_is_started_all_the_same(path: str, tmp_path: Path) -> None:
    started = tmp_path / "python"
    started.write_text('#!/bin/sh\necho "started: $*"\n')
    started.chmod(0o755)
    done = make(path, "run", f"BIN={tmp_path}")
    assert "The web app is not built; everything else works." in done.stderr
    assert INSTALL in done.stderr
    assert done.stdout == "started: -m sptjobs.stack\n"
