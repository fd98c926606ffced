"""Commands: ``python -m k8s.lab build|up|down|run COMMAND…``."""

import argparse
import os
import sys

from k8s.lab.binaries import binaries
from k8s.lab.cluster import Cluster, state_folder
from k8s.lab.images import DATA, PAUSE, make_bases
from k8s.lab.processes import ENTER, LabError
from k8s.lab.tools import helm_4, kubectl


def main() -> int:
    """Run a command."""
    parser = argparse.ArgumentParser(prog="python -m k8s.lab", description=__doc__)
    parser.add_argument("action", choices=["build", "up", "down", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what runs in the lab's network")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        print("The lab needs root: it makes network namespaces and mounts.", file=sys.stderr)
        return 2
    try:
        return _act(chosen)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _act(chosen: argparse.Namespace) -> int:
    cluster = Cluster(state_folder(), binaries(), kubectl())
    if chosen.action == "up":
        bring_up(cluster)
        print("The cluster is up: `k8s/lab/in kubectl get pods -A`, `k8s/lab/in helm list -A`")
    elif chosen.action == "down":
        cluster.down()
    elif chosen.action == "run":
        path = os.pathsep.join([str(kubectl().parent), str(helm_4().parent), os.environ["PATH"]])
        environment = os.environ | {
            "KUBECONFIG": str(cluster.state / "admin.kubeconfig"),
            "PATH": path,
        }
        words = [*ENTER, *chosen.command]
        os.execvpe(words[0], words, environment)  # noqa: S606 - the command is the user's
    return 0


def bring_up(cluster: Cluster) -> None:
    """Bring the cluster up with the images that all releases need; nothing stays if it fails."""
    make_bases()
    try:
        cluster.up(PAUSE, DATA)
    except BaseException:
        for log in sorted((cluster.state / "log").glob("*.log")):
            ends = log.read_text("utf-8", errors="replace").splitlines()[-5:]
            print(f"--- {log.name}", *ends, sep="\n", file=sys.stderr)
        cluster.down()
        raise


if __name__ == "__main__":
    sys.exit(main())
