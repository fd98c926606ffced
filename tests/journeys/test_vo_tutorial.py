"""The tutorial's commands, run as they stand there; all of them make the same cutout."""

import re
from pathlib import Path

import pytest

from tests.support.pasting import block, paste, run_python
from tests.support.pixels import same_pixels
from tests.support.service import Service

TUTORIAL = Path(__file__).parents[2] / "docs/users/vo-tutorial.md"
STAMPS = "*/SPT-CLJ0000-5748_150GHz_*_fltd.fits"


def here(service: Service) -> str:
    return block(TUTORIAL, "the service").replace("http://127.0.0.1:8080", service.stack.url)


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """Where var/token is, as after `make run`."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var/token").write_text(service.stack.token + "\n")
    return tmp_path


@pytest.fixture(scope="module")
def stamp(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cutout that curl gets, with which the others are compared."""
    folder = tmp_path_factory.mktemp("curl")
    (folder / "var").mkdir()
    (folder / "var/token").write_text(service.stack.token + "\n")
    said = paste(here(service) + block(TUTORIAL, "curl"), folder, timeout_s=120)
    (found,) = folder.glob(STAMPS)
    assert found.name in said
    return found


def run(service: Service, folder: Path, name: str) -> str:
    """Run a Python program of the tutorial."""
    where = {"SPT": service.stack.url, "SPT_TOKEN_FILE": "var/token"}
    return run_python(block(TUTORIAL, name, "python"), folder, **where)


def test_pyvo_gets_the_cutout_that_curl_gets(service: Service, folder: Path, stamp: Path) -> None:
    assert run(service, folder, "pyvo") == "COMPLETED\n"
    (found,) = folder.glob(f"pyvo/*/{STAMPS}")
    assert same_pixels(found, stamp)


def test_stilts_reads_the_manifest_whose_addresses_lead_to_the_stamp(
    service: Service, folder: Path, stamp: Path
) -> None:
    blocks = "".join(block(TUTORIAL, name) for name in ("curl", "stilts"))
    paste(here(service) + blocks, folder, timeout_s=120)
    assert same_pixels(folder / "SPT-CLJ0000-5748-150GHz.fits", stamp)


def test_python_alone_gets_the_cutout_that_curl_gets(
    service: Service, folder: Path, stamp: Path
) -> None:
    assert "SPT-CLJ0000-5748 150GHz ok" in run(service, folder, "python")
    assert same_pixels(folder / "python.fits", stamp)


def test_the_loop_makes_a_cutout_of_each_target(
    service: Service, folder: Path, stamp: Path
) -> None:
    paste(here(service) + block(TUTORIAL, "loop"), folder, timeout_s=120)
    (found,) = folder.glob(f"loop/SPT-CLJ0000-5748/{STAMPS}")
    assert same_pixels(found, stamp)
    assert list(folder.glob("loop/blank-field/*/*.fits"))


def test_capabilities_and_availability_are_read_without_a_token(
    service: Service, folder: Path
) -> None:
    said = paste(here(service) + block(TUTORIAL, "vosi"), folder, timeout_s=60)
    assert 'standardID="ivo://ivoa.net/std/SODA#async-1.0"' in said
    assert "<vosi:available>true</vosi:available>" in said


def test_every_snippet_of_the_tutorial_is_run_by_a_test_here() -> None:
    names = set(re.findall(r"<!-- (.*) -->\n```", TUTORIAL.read_text("utf-8")))
    tested = Path(__file__).read_text("utf-8")
    assert names
    for name in names:
        assert f'"{name}"' in tested, name
    assert len(names) == TUTORIAL.read_text("utf-8").count("```") // 2
