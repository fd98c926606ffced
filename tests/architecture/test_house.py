"""Promises of the Makefile and the documents that are kept without running the service."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.architecture.parse_files import problem

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def listed() -> set[str]:
    return set(re.findall(r"^  make (\S+)", make("help").stdout, re.MULTILINE))


def test_make_help_lists_what_exists() -> None:
    assert {"demo", "run", "test", "itest", "soak", "bench", "help", "setup", "lock"} <= listed()
    for target in listed():
        done = make("--dry-run", target)
        assert done.returncode == 0, done.stderr


def test_the_makefile_and_the_documents_name_no_target_that_is_missing() -> None:
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    named = set(re.findall(r"`make ([a-z0-9-]+)", text)) | set(
        re.findall(r"^    make ([a-z0-9-]+)", text, re.MULTILINE)
    )
    assert named <= listed()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """What the Makefile reads, in a folder with a space, with nothing set up."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in ("Makefile", "setup.cfg", "setup.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    compiled = Path("src/sptjobs/compiled")
    (folder / compiled).mkdir(parents=True)
    for source in (ROOT / compiled).glob("*.[ch]"):
        shutil.copy(source, folder / compiled)
    return folder


def program(folder: Path, text: str) -> str:
    """A stand-in for a Python, for a machine that lacks something."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_missing_python_is_named_with_what_installs_it(bare: Path) -> None:
    done = make("setup", "PYTHON=no-such-python", cwd=bare)
    assert done.returncode != 0
    assert "no-such-python is missing" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_an_old_python_is_named(bare: Path, tmp_path: Path) -> None:
    old = program(tmp_path, '[ "$1" = -V ] && echo Python 3.9.2 && exit 0; exit 1')
    done = make("setup", f"PYTHON={old}", cwd=bare)
    assert done.returncode != 0
    assert "3.11 or newer is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_named_with_what_installs_it(bare: Path, tmp_path: Path) -> None:
    lame = program(tmp_path, 'case "$2" in *venv*) exit 1;; esac; exit 0')
    done = make("setup", f"PYTHON={lame}", cwd=bare)
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
            if "://" not in link:
                yield document, link


def test_no_document_links_to_a_missing_file() -> None:
    missing = [f"{doc.name}: {link}" for doc, link in links() if not (doc.parent / link).exists()]
    assert missing == []


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/adr/README.md").read_text("utf-8")
    records = {path.name for path in (ROOT / "docs/adr").glob("0*.md")}
    assert records == set(re.findall(r"\]\((0[^)]+)\)", index))


INSTALLED = """
from setuptools.dist import Distribution
distribution = Distribution({"script_name": "setup.py"})
distribution.parse_config_files()
build = distribution.get_command_obj("build_py")
build.build_lib = "/"
build.ensure_finalized()
print(*(path.lstrip("/") for path in build.get_outputs(include_bytecode=False)), sep="\\n")
"""


def test_an_installation_has_every_file_of_the_packages() -> None:
    command = [sys.executable, "-W", "ignore", "-c", INSTALLED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kept = subprocess.check_output(["git", "ls-files", "src/sptapi", "src/sptjobs"], cwd=ROOT)
    wanted = {path.removeprefix("src/") for path in kept.decode().splitlines()}
    assert wanted <= set(done.stdout.splitlines())


def test_the_locked_versions_are_exact_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s@/]+", pin)] == []


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "a = ["), ("a.yml", "a: ["), ("a.json", "{"), ("b.json", "")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    said = problem(path)
    assert said is not None
    assert str(path) in said


def test_every_package_that_is_asked_for_is_locked() -> None:
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg")
    always = settings["options"]["install_requires"]
    asked = "\n".join([always, *settings["options.extras_require"].values()])
    names = re.findall(r"^([A-Za-z0-9._-]+)", asked, re.MULTILINE)
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    locked = {normalised(line.partition("==")[0]) for line in lines}
    assert {"schemathesis", "dramatiq", "SQLAlchemy"} <= set(names)
    assert [name for name in names if normalised(name) not in locked] == []


def normalised(name: str) -> str:
    """Spell the name of a package as registries compare it."""
    return re.sub("[-_.]+", "-", name).lower()


NEEDS_PACKAGES = re.compile(
    r"^from tests\.support\.(pgbouncer|postgresql|chromium|keycloak) import", re.MULTILINE
)


def test_what_make_test_runs_uses_no_program_of_debians_packages() -> None:
    unit = re.search(r"^UNIT = (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert unit is not None
    elsewhere = {ROOT / each for each in re.findall(r"--ignore=(\S+)", unit[1])}
    tests = [
        path for path in (ROOT / "tests").rglob("test_*.py") if not elsewhere & set(path.parents)
    ]
    assert len(tests) > 100
    assert [path.name for path in tests if NEEDS_PACKAGES.search(path.read_text())] == []
