"""``make itest-k8s``: images, a cluster, the tests in its network, and nothing left behind.

A cluster that is up already is used, and left up.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from k8s.lab.__main__ import bring_up
from k8s.lab.binaries import binaries
from k8s.lab.cluster import Cluster, state_folder
from k8s.lab.images import OUTSIDE, ROOT, build_target, make_bases, saved
from k8s.lab.processes import ENTER
from k8s.lab.tools import kubectl
from tests.support.releases import next_release

TARGETS = ("spt-api", "spt-worker", "spt-web-app", "spt-api-dev")
NEXT = ("spt-api", "spt-worker")
_BEGUN = time.monotonic()


def main() -> int:
    """Run the tests; their exit code."""
    if os.geteuid() != 0:
        sys.exit("The cluster needs root: it makes network namespaces and mounts.")
    _say("bases of the images")
    make_bases()
    _say("images of this release")
    images = [build_target(target, "one") for target in TARGETS]
    _say("images of the next release")
    with tempfile.TemporaryDirectory() as folder:
        context = next_context(Path(folder))
        images += [build_target(target, "two", context) for target in NEXT]
    cluster = Cluster(state_folder(), binaries(), kubectl())
    was_up = cluster.state.exists()
    if not was_up:
        _say("cluster")
        bring_up(cluster)
    try:
        _say("images into the cluster")
        for image in images:
            cluster.load(saved(image))
        _say("tests")
        return tests(cluster, sys.argv[1:])
    finally:
        _say("end")
        if not was_up:
            cluster.down()


def _say(step: str) -> None:
    """Tell what begins now; some steps take minutes."""
    sys.stdout.write(f"{time.monotonic() - _BEGUN:5.0f} s: {step}\n")
    sys.stdout.flush()


def next_context(folder: Path) -> Path:
    """Make the sources of the release after this one, with a migration."""
    next_release(folder)
    for name in (".dockerignore", "constraints.txt", "setup.cfg", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copy(ROOT / "LICENSE", folder)
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "src/cutout-web-app", folder / "src/cutout-web-app", ignore=ignored)
    shutil.copytree(ROOT / "k8s/dev", folder / "k8s/dev")
    shutil.copy(ROOT / "k8s/Dockerfile", folder / "k8s")
    return folder


def tests(cluster: Cluster, arguments: list[str]) -> int:
    """Run pytest in the cluster's network, where names of hosts are the lab's."""
    own = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    patience = ("-o", "faulthandler_timeout=1800")
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", *patience, "tests/cluster", *arguments]
    hosts = cluster.state / "hosts"
    words = [*ENTER, "unshare", "--mount", "sh", "-c", own, "sh", str(hosts), *pytest]
    trust = {"SSL_CERT_FILE": str(cluster.state / "pki/ca.crt")}
    trust |= {OUTSIDE: f"/proc/{os.getpid()}/ns/net"}
    trust |= {"REQUESTS_CA_BUNDLE": trust["SSL_CERT_FILE"], "PYTHONUNBUFFERED": "1"}
    return subprocess.run(words, cwd=ROOT, env=os.environ | trust, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
