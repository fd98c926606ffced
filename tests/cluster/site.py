"""A site with three releases of the chart, and what its users and operators do there."""

import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from k8s.lab.cluster import Cluster
from k8s.lab.files import NODE
from k8s.lab.images import DATA
from k8s.lab.processes import ENTER, run
from k8s.lab.tools import helm_4
from sptjobs.simulation.simulated_maps import DEFAULT_SEED, make_survey, write_maps
from sptjobs.stack.signing_in import Visitor, signed_in

ROOT = Path(__file__).parents[2]
CHART = ROOT / "k8s/charts/spt-api-server"
ISSUER = "https://keycloak.example.org/realms/spt3g"
TRUST = "site-certificates"
PODS = "10.246.0.0/24"
Document = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """A release: its name is that of its namespace too."""

    cluster: Cluster
    name: str
    values: tuple[str, ...]
    client_secret: str
    helm_program: Callable[[], Path] = helm_4

    @property
    def host(self) -> str:
        return self.name.replace("spt-api-server", "spt3g") + ".example.org"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @property
    def client_id(self) -> str:
        return self.name.replace("spt-api-server", "spt3g-data-service")

    def kube(self, *words: str, stdin: str | None = None) -> str:
        return self.cluster.kube("-n", self.name, *words, stdin=stdin)

    def read(self, *words: str) -> Document:
        found: Document = json.loads(self.kube("get", *words, "-o", "json"))
        return found

    def make_namespace(self) -> None:
        make_namespace(self.cluster, self.name)

    def make_volumes(self, *, own_data: bool) -> None:
        """Make local volumes, each for the claim that the release will make."""
        wanted = {f"{self.name}-results": 1000, f"{self.name}-archive": 1000}
        if own_data:
            wanted[f"data-{self.name}-postgresql-0"] = 999
        for claim, owner in wanted.items():
            make_volume(self.cluster, self.name, claim, owner)

    def volume(self, name: str) -> Path:
        """Give the folder of a volume on this machine."""
        return volume_folder(self.cluster, self.name, f"{self.name}-{name}")

    def bring_maps(self) -> None:
        """Bring simulated maps into the archive's volume, as a site's own ways do."""
        for path in write_maps(self.volume("archive"), make_survey("tiny"), DEFAULT_SEED):
            shutil.chown(path, 1000, 1000)

    def make_secret(self, *addresses: str) -> None:
        """Make the Secret by the operator's command."""
        file = self.cluster.state / f"{self.name}.client-secret"
        file.write_text(self.client_secret)
        command = ["python3", str(ROOT / "k8s/new_secret.py"), self.name, *addresses]
        made = run(*command, "--client-secret-file", file)
        self.kube("apply", "-f", "-", stdin=made)
        trusted = self.cluster.state / "pki/ca.crt"
        self.kube("create", "configmap", TRUST, f"--from-file=ca-certificates.crt={trusted}")

    def helm(self, *words: str) -> str:
        command = [*ENTER, str(self.helm_program()), "--namespace", self.name, *words]
        config = ["--kubeconfig", str(self.cluster.state / "admin.kubeconfig")]
        return run(*command, *config)

    def deploy(self, action: str, tag: str, *more: str) -> str:
        """Install or upgrade, and wait until it is ready."""
        lab = self.cluster.state / f"{self.name}.values.yaml"
        lab.write_text(yaml.safe_dump(lab_values(tag)))
        files = [
            word for file in (*(CHART / v for v in self.values), lab) for word in ("-f", str(file))
        ]
        waiting = ("--wait", "--timeout", "9m")
        return self.helm(action, self.name, str(CHART), *files, *waiting, *more)

    def pods(self, component: str) -> list[str]:
        """Name the pods of a component that are not ending."""
        selector = f"app.kubernetes.io/component={component}"
        found = self.read("pods", "-l", selector)["items"]
        return [
            each["metadata"]["name"]
            for each in found
            if "deletionTimestamp" not in each["metadata"] and each["status"]["phase"] == "Running"
        ]

    def wait_rolled_out(self, *deployments: str) -> None:
        for suffix in deployments:
            name = f"deployment/{self.name}{suffix}"
            self.kube("rollout", "status", name, "--timeout=300s")

    def visitor(self, user: str = "member") -> Visitor:
        """Sign in as a browser does, by the real flow."""
        return signed_in(self.url, user, user * 2)

    @cached_property
    def member(self) -> "Member":
        return Member(self, self.visitor().new_token("itest"))


@dataclass(frozen=True)
class Member:
    """A member with a token."""

    release: Release
    token: str

    @property
    def session(self) -> requests.Session:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        session.headers["Accept"] = "application/json"
        return session

    def create(self, document: Document) -> str:
        """Make and run a job; give its address."""
        url = f"{self.release.url}/api/v1/cutout/async"
        response = self.session.post(
            url, json=document | {"phase": "RUN"}, allow_redirects=False, timeout=120
        )
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def job(self, url: str) -> Document:
        response = self.session.get(url, timeout=60)
        assert response.status_code == 200, response.text
        found: Document = response.json()
        return found

    def wait(self, url: str, holds: Callable[[Document], bool], seconds: float) -> Document:
        end = time.monotonic() + seconds
        while not holds(document := self.job(url)):
            if time.monotonic() > end:
                pytest.fail(f"not within {seconds:g} s: {document}")
            time.sleep(0.5)
        return document

    def wait_completed(self, url: str, seconds: float = 900) -> Document:
        final = {"COMPLETED", "ERROR", "ABORTED"}
        document = self.wait(url, lambda job: job["phase"] in final, seconds)
        assert document["phase"] == "COMPLETED", document
        return document


def lab_values(tag: str) -> Document:
    """What differs in the lab: where images are, and how little there is of everything."""
    small = {"cpu": "20m", "memory": "64Mi"}
    volume = {"storageClassName": "lab", "size": "1Gi"}
    data = {"image": DATA, "resources": {"requests": small, "limits": {"memory": "1Gi"}}}
    return {
        "image": {"registry": "localhost", "tag": tag, "pullPolicy": "Never"},
        "config": {"settings": {
            "SPT_OIDC_ISSUER": ISSUER,
            "SPT_TRUSTED_PROXIES": PODS,
            "SPT_ALLOWED_GROUPS": "/spt3g/users",
            "SPT_ADMIN_GROUPS": "/spt3g/admins",
            "SPT_MIN_FREE_BYTES": "1M",
        }},
        "trust": {"configMap": TRUST},
        "api": {"resources": {"requests": small, "limits": {"memory": "1Gi"}}},
        "control": {"requests": small},
        "execute": {"requests": small, "replicas": 1, "slots": 1},
        "webApp": {"resources": {"requests": small, "limits": {"memory": "1536Mi"}}},
        "migration": {"resources": {"requests": small, "limits": {"memory": "512Mi"}}},
        "results": volume,
        "archive": volume | {
            "simulated": {"survey": "tiny"},
            "resources": {"requests": small, "limits": {"memory": "2Gi"}},
        },
        "postgresql": data | {"storageClassName": "lab", "size": "1Gi"},
        "redis": data,
    }  # fmt: skip


def make_namespace(cluster: Cluster, name: str) -> None:
    """Make a namespace that enforces the restricted profile."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    about = {"name": name, "labels": labels}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
    cluster.kube("apply", "-f", "-", stdin=json.dumps(namespace))


def volume_folder(cluster: Cluster, namespace: str, claim: str) -> Path:
    """Give the folder of this machine behind a claim."""
    return cluster.state / "volumes" / f"{namespace}-{claim}"


def make_volume(cluster: Cluster, namespace: str, claim: str, owner: int) -> None:
    """Make a volume in a folder of this machine, for one claim."""
    folder = volume_folder(cluster, namespace, claim)
    folder.mkdir(parents=True, mode=0o770)
    run("chown", f"{owner}:{owner}", folder)
    on_node = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": folder.name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "lab",
            "claimRef": {"namespace": namespace, "name": claim},
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_node]}]}},
        },
    }
    cluster.kube("apply", "-f", "-", stdin=json.dumps(volume))


def install_data(cluster: Cluster) -> tuple[str, str]:
    """Give production a PostgreSQL and a Redis of its site; their addresses."""
    namespace = "site-data"
    make_namespace(cluster, namespace)
    name = "data-spt-api-server"
    make_volume(cluster, namespace, f"data-{name}-postgresql-0", 999)
    database, broker = secrets.token_hex(16), secrets.token_hex(16)
    words = [
        f"--from-literal=POSTGRESQL_PASSWORD={database}",
        f"--from-literal=REDIS_PASSWORD={broker}",
    ]
    cluster.kube("-n", namespace, "create", "secret", "generic", f"{name}-secrets", *words)
    values = cluster.state / "data.values.yaml"
    values.write_text(yaml.safe_dump(lab_values("one")))
    flags = ["--set=postgresql.enabled=true,redis.enabled=true", "-f", str(values)]
    chosen = ["--show-only", "templates/development.yaml", "--namespace", namespace]
    rendered = run(helm_4(), "template", "data", str(CHART), *flags, *chosen)
    cluster.kube("-n", namespace, "apply", "-f", "-", stdin=rendered)
    for each in (f"statefulset/{name}-postgresql", f"deployment/{name}-redis"):
        cluster.kube("-n", namespace, "rollout", "status", each, "--timeout=300s")
    return (
        f"--database-url=postgresql+asyncpg://spt:{database}@{name}-postgresql.{namespace}:5432/spt",
        f"--broker-url=redis://:{broker}@{name}-redis.{namespace}:6379/0",
    )


def every(documents: Iterable[Document], **wanted: object) -> bool:
    """Whether all documents have these values."""
    return all(wanted.items() <= each.items() for each in documents)


def started(*command: str | Path) -> subprocess.Popen[bytes]:
    """Start a command whose output nobody reads."""
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
