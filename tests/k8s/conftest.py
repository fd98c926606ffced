"""Every promise of the chart holds for each release, by both Helms."""

import subprocess
import venv
from pathlib import Path

import pytest

from k8s.lab.cache import cached
from tests.k8s.rendering import HELMS, RELEASES

CHECKERS = ("kubernetes-validate==1.37.0", "argocheck==0.5.0", "check-jsonschema==0.37.4")


@pytest.fixture(params=HELMS)
def which(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def checkers() -> Path:
    """Programs that check, in an environment of their own: their dependencies are not ours."""
    name = "checkers-" + "-".join(each.replace("==", "-") for each in CHECKERS)
    return cached(name, install_checkers) / "bin"


def install_checkers(folder: Path) -> None:
    # The folder is moved when it is full, so that programs are started by their Python.
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *CHECKERS], check=True)
