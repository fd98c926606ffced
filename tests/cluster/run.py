"""``make itest-k8s``: images, a cluster, the tests in its network, and nothing left behind.

A cluster that is up already is used, and left up.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from k8s.lab.__main__ import bring_up
from k8s.lab.binaries import binaries
from k8s.lab.cache import cache_folder
from k8s.lab.cluster import Cluster, state_folder
from k8s.lab.images import OUTSIDE, ROOT, build_target, make_bases
from k8s.lab.processes import ENTER
from k8s.lab.tools import helm_3, kubectl
from tests.cluster.conftest import STAYS_UP
from tests.support.keycloak import unpacked
from tests.support.releases import next_release

TARGETS = ("spt-api", "spt-worker", "spt-web-app", "spt-api-dev")
NEXT = ("spt-api", "spt-worker")
_BEGUN = time.monotonic()


def main() -> int:
    """Run the tests; their exit code."""
    if os.geteuid() != 0:
        sys.exit("The cluster needs root: it makes network namespaces and mounts.")
    cluster = Cluster(state_folder(), binaries(), kubectl())
    stays_up = cluster.state.exists()
    # The tests have no way out of the cluster's network to fetch it.
    _say("Keycloak and Helm 3")
    unpacked()
    helm_3()
    _say("bases of the images")
    make_bases()
    try:
        with ThreadPoolExecutor(1) as beside:
            fill(cluster, beside, stays_up=stays_up)
        _say("tests")
        return tests(cluster, sys.argv[1:], {STAYS_UP: "1"} if stays_up else {})
    finally:
        _say("end")
        if not stays_up:
            keep_logs(cluster)
            cluster.down()


def fill(cluster: Cluster, beside: Executor, *, stays_up: bool) -> None:
    """Build the images of both releases, while the cluster comes up and takes what is built."""
    at_work = [] if stays_up else [beside.submit(bring_up, cluster)]
    _say("images of this release, and the cluster")
    images = [build_target(target, "one") for target in TARGETS]
    at_work.append(beside.submit(cluster.load, *images))
    _say("images of the next release")
    with tempfile.TemporaryDirectory() as folder:
        context = next_context(Path(folder))
        images = [build_target(target, "two", context) for target in NEXT]
    at_work.append(beside.submit(cluster.load, *images))
    _say("images into the cluster")
    for each in at_work:
        each.result()


def keep_logs(cluster: Cluster) -> None:
    """Put what the cluster's programs and pods said where the next run's will replace it."""
    kept = cache_folder() / "last-run"
    shutil.rmtree(kept, ignore_errors=True)
    for name in ("log", "pod-logs"):
        shutil.copytree(cluster.state / name, kept / name, symlinks=True, dirs_exist_ok=True)
    _say(f"logs are in {kept}")


def _say(step: str) -> None:
    """Tell what begins now; some steps take minutes."""
    sys.stdout.write(f"{time.monotonic() - _BEGUN:5.0f} s: {step}\n")
    sys.stdout.flush()


def next_context(folder: Path) -> Path:
    """Make the sources of the release after this one, with a migration."""
    next_release(folder)
    for name in (".dockerignore", "constraints.txt", "setup.cfg", "setup.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "src/cutout-web-app", folder / "src/cutout-web-app", ignore=ignored)
    shutil.copytree(ROOT / "k8s/dev", folder / "k8s/dev")
    shutil.copy(ROOT / "k8s/Dockerfile", folder / "k8s")
    return folder


def tests(cluster: Cluster, arguments: list[str], more: dict[str, str]) -> int:
    """Run pytest in the cluster's network, where names of hosts are the lab's."""
    own = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    timeout = ("-o", "faulthandler_timeout=1800")
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", *timeout, "tests/cluster", *arguments]
    hosts = cluster.state / "hosts"
    words = [*ENTER, "unshare", "--mount", "sh", "-c", own, "sh", str(hosts), *pytest]
    trust = {"SSL_CERT_FILE": str(cluster.state / "pki/ca.crt")}
    trust |= {OUTSIDE: f"/proc/{os.getpid()}/ns/net"}
    trust |= {"REQUESTS_CA_BUNDLE": trust["SSL_CERT_FILE"], "PYTHONUNBUFFERED": "1"}
    return subprocess.run(words, cwd=ROOT, env=os.environ | trust | more, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
