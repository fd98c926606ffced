"""Pods that stand in for others: they respond on ports, and try to reach one another."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from k8s.lab.cluster import Cluster
from k8s.lab.images import DATA
from tests.cluster.site import Document

PASSES = "passes"
WELL_KNOWN = (443, 5432, 6379, 8081)
"""Ports on which every stand-in answers, beside those of whom it stands in for."""

_TRY = Path(__file__).with_name("try_addresses.py").read_text()
_ANSWER = Path(__file__).with_name("answer_everything.py").read_text()


@dataclass(frozen=True)
class Pod:
    """A pod with Python in it."""

    cluster: Cluster
    namespace: str
    name: str

    def kube(self, *words: str) -> str:
        """Run kubectl in its namespace."""
        return self.cluster.kube("-n", self.namespace, *words)

    def tried(self, wanted: Iterable[str]) -> list[str]:
        """Say of each address, or name alone, whether it passes or is blocked."""
        run = ("exec", self.name, "--", "python3", "-c", _TRY)
        found: list[str] = json.loads(self.kube(*run, *wanted))
        return found

    def wait_ready(self) -> str:
        """Wait until it answers, and give its address."""
        self.kube("wait", "--for=condition=Ready", f"pod/{self.name}", "--timeout=240s")
        return self.kube("get", "pod", self.name, "-o", "jsonpath={.status.podIP}")


def passing(clients: Mapping[str, Pod], targets: Mapping[str, str]) -> set[tuple[str, str]]:
    """Let all try all; the pairs of client and target that pass."""
    with ThreadPoolExecutor(4) as pool:
        said = pool.map(lambda pod: pod.tried(targets.values()), clients.values())
        return {
            (client, target)
            for client, outcomes in zip(clients, said, strict=True)
            for target, outcome in zip(targets, outcomes, strict=True)
            if outcome == PASSES
        }


def stand_in(
    cluster: Cluster,
    namespace: str,
    name: str,
    labels: Mapping[str, str] | None = None,
    ports: Sequence[Document] = (),
) -> Pod:
    """Start a pod with these labels that answers on these ports and the well-known ones."""
    numbers = [str(port) for port in {*WELL_KNOWN, *(each["containerPort"] for each in ports)}]
    container: Document = {
        "name": "stand-in",
        "image": DATA,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", _ANSWER, *numbers],
        "ports": list(ports),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "readinessProbe": {"tcpSocket": {"port": WELL_KNOWN[0]}, "periodSeconds": 1},
    }
    security: Document = {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
    }
    spec: Document = {"containers": [container], "securityContext": security}
    spec |= {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0}
    about = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec}
    cluster.kube("apply", "-f", "-", stdin=json.dumps(pod))
    return Pod(cluster, namespace, name)
