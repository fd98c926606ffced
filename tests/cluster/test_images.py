"""The images, run alone by podman as Kubernetes would run them."""

import json
import subprocess

import pytest

import sptjobs
from k8s.lab.images import build_target, podman

IMAGES = ("localhost/spt-api:one", "localhost/spt-worker:one")
HARD = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--network=none")
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")


def run(image: str, *command: str) -> subprocess.CompletedProcess[str]:
    words = podman("run", "--rm", *HARD, *LIMITS, image, *command)
    return subprocess.run(words, capture_output=True, text=True, check=False)


def about(image: str) -> dict[str, object]:
    text = subprocess.check_output(podman("image", "inspect", image), text=True)
    (found,) = json.loads(text)
    return dict(found)


@pytest.mark.parametrize("image", IMAGES)
def test_a_program_starts_without_rights_and_without_a_place_to_write(image: str) -> None:
    done = run(image, "sptjobs", "--version")
    assert done.returncode == 0, done.stderr
    assert sptjobs.__version__ in done.stdout
    assert run(image, "sh", "-c", "echo > /opt/spt/file").returncode != 0
    assert run(image, "id", "-u").stdout.strip() == "1000"


def test_a_server_without_settings_says_what_it_misses() -> None:
    done = run("localhost/spt-api:one")
    assert done.returncode == 2
    assert "SPT_DATABASE_URL: is not set" in done.stderr


def test_the_api_has_the_web_app_and_reads_tables_and_the_worker_has_the_science() -> None:
    folder = "import sptapi, pathlib; print(pathlib.Path(sptapi.__file__).parent)"
    api, worker = IMAGES
    package = run(api, "python", "-c", folder).stdout.strip()
    assert run(api, "test", "-s", f"{package}/web/index.html").returncode == 0
    assert run(api, "python", "-c", "import sptjobs.target_tables.astropy_tables").returncode == 0
    assert run(api, "python", "-c", "import reproject").returncode != 0
    assert run(worker, "python", "-c", "import numpy, astropy, reproject").returncode == 0
    assert run(worker, "python", "-c", "import aiohttp").returncode != 0


@pytest.mark.parametrize("image", IMAGES)
def test_nothing_that_installs_is_left_in_an_image(image: str) -> None:
    assert run(image, "python", "-c", "import pip").returncode != 0


def test_the_same_sources_give_the_same_image() -> None:
    before = about("localhost/spt-worker:one")["Id"]
    again = build_target("spt-worker", "again", afresh=True)
    assert about(again)["Id"] == before


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_small(image: str) -> None:
    size = int(str(about(image)["Size"]))
    # The API server's has astropy, by which its reading processes read tables: 473 MB.
    assert size < (500e6 if "api" in image else 700e6)
