"""Images without an image registry: bases from Debian's packages, ours from the Dockerfile."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from k8s.lab.cache import cache_folder, cached
from k8s.lab.processes import LabError, run

ROOT = Path(__file__).parents[2]
_HERE = Path(__file__).with_name("images")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

OUTSIDE = "SPT_LAB_OUTSIDE"
"""Variable with the machine's network namespace, for builds that are begun within the lab's."""

PYTHON_BASE = "localhost/spt3g-python:3.11"
NODE_BASE = "localhost/spt3g-node:22"
DATA = "localhost/spt3g-data:1"
PAUSE = "localhost/pause:1"
_BASES = {"PYTHON_IMAGE": PYTHON_BASE, "NODE_IMAGE": NODE_BASE}


def make_bases() -> None:
    """Make what images are built on, and what the lab runs beside them, where it is missing."""
    if not _exists(PYTHON_BASE):
        base = cached("debian-bookworm-python", _bootstrap) / "base.tar"
        run("podman", *_podman(), "import", base, PYTHON_BASE)
    if not _exists(NODE_BASE):
        build(NODE_BASE, _HERE / "node.Dockerfile", _HERE, {"BASE": PYTHON_BASE})
    if not _exists(DATA):
        build(DATA, _HERE / "data.Dockerfile", _HERE, {"BASE": PYTHON_BASE})
    if not _exists(PAUSE):
        build(PAUSE, _HERE / "pause.Dockerfile", cached("pause", _compile_pause), {})


def build_target(target: str, tag: str, context: Path = ROOT, *, afresh: bool = False) -> str:
    """Build a target of our Dockerfile and give the image's name.

    Parameters
    ----------
    afresh
        Whether to use nothing of what was built before.
    """
    image = f"localhost/{target}:{tag}"
    build(image, context / "k8s" / "Dockerfile", context, _BASES, target, afresh=afresh)
    return image


def build(
    image: str,
    file: Path,
    context: Path,
    arguments: Mapping[str, str],
    target: str = "",
    *,
    afresh: bool = False,
) -> None:
    """Build an image; the same sources give the same image."""
    given = [
        word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")
    ]
    volumes = [word for volume in _volumes() for word in ("-v", volume)]
    command = [
        *_outside(), "buildah", *_buildah(), "bud", "-q", "--isolation", "chroot",
        "--layers", *(("--no-cache",) if afresh else ()),
        "--network", "host", "--pull-never", "--timestamp", "0", *volumes, *given,
        *(("--target", target) if target else ()), "-f", str(file), "-t", image, str(context),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        raise LabError(f"{image} cannot be built: {done.stdout[-4000:]}{done.stderr[-4000:]}")


@contextmanager
def saving(*images: str) -> Iterator[IO[bytes]]:
    """Save images into one archive, which is read while it is written."""
    words = podman("save", "-q", "-m", *images)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield process.stdout
        said = process.stderr.read().decode()
    if process.returncode:
        raise LabError(f"{images} cannot be saved: {said}")


def podman(*arguments: str) -> list[str]:
    """Give a command line of podman, which sees the images that were built here."""
    return ["podman", *_podman(), *arguments]


def _exists(image: str) -> bool:
    command = podman("image", "exists", image)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _storage() -> tuple[str, ...]:
    """Name a store of the lab's own: the machine's images are not touched."""
    folder = cache_folder() / "containers"
    return ("--root", str(folder), "--runroot", "/run/spt3g-lab-containers")


def _outside() -> tuple[str, ...]:
    namespace = os.environ.get(OUTSIDE)
    return ("nsenter", f"--net={namespace}") if namespace else ()


def _buildah() -> tuple[str, ...]:
    return (*_storage(), "--storage-driver", "overlay")


def _podman() -> tuple[str, ...]:
    return (*_storage(), "--storage-driver", "overlay", "--runtime", "runc",
            "--cgroup-manager", "cgroupfs", "--events-backend", "file")  # fmt: skip


def _environment() -> dict[str, str]:
    settings = cached("containers-settings", _write_settings) / "containers.conf"
    return os.environ | {"CONTAINERS_CONF": str(settings)}


def _write_settings(folder: Path) -> None:
    # More would need a capability that root need not have.
    limits = '["nofile=1024:16384", "nproc=1024:16384"]'
    (folder / "containers.conf").write_text(f"[containers]\ndefault_ulimits = {limits}\n")
    (folder / "npmrc").write_text(f"cafile={_CERTIFICATES}\n")
    (folder / "pip.conf").write_text(f"[global]\ncert = {_CERTIFICATES}\n")


def _volumes() -> list[str]:
    """Lend builds the machine's certificates, which some networks need; no image has them."""
    settings = cached("containers-settings", _write_settings)
    return [
        f"{_CERTIFICATES}:{_CERTIFICATES}:ro",
        f"{settings}/npmrc:/root/.npmrc:ro",
        f"{settings}/pip.conf:/etc/pip.conf:ro",
    ]


def _bootstrap(folder: Path) -> None:
    sources = sorted(Path("/etc/apt/sources.list.d").glob("*.sources"))
    listed = sources or [Path("/etc/apt/sources.list")]
    packages = "--include=python3,python3-venv,ca-certificates"
    run("mmdebstrap", "--variant=minbase", packages, "bookworm", folder / "base.tar", *listed)


def _compile_pause(folder: Path) -> None:
    run("gcc", "-Os", "-static", "-o", folder / "pause", _HERE / "pause.c")
