"""The chart as Helm renders it, for each release of ours."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from k8s.lab.tools import helm_3, helm_4

ROOT = Path(__file__).parents[2]
CHART = ROOT / "k8s/charts/spt-api-server"
HELMS = {"helm 3": helm_3, "helm 4": helm_4}
RELEASES = {
    "spt-api-server": ("values.yaml",),
    "spt-api-server-dev1": ("values.yaml", "values-dev1.yaml"),
    "spt-api-server-dev2": ("values.yaml", "values-dev2.yaml"),
}
Object = dict[str, Any]


def helm(which: str, action: str, release: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run ``helm lint`` or ``helm template`` with the release's value files."""
    name = () if action == "lint" else (release, "--namespace", release)
    files = [word for file in RELEASES[release] for word in ("-f", str(CHART / file))]
    command = [str(HELMS[which]()), action, *name, str(CHART), *files, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@cache
def text_of(which: str, release: str, *more: str) -> str:
    """Render a release."""
    done = helm(which, "template", release, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def objects(which: str, release: str, *more: str) -> list[Object]:
    """Read what is rendered; nobody changes it."""
    text = text_of(which, release, *more)
    return [found for found in yaml.load_all(text, yaml.CSafeLoader) if found]


def find(found: list[Object], kind: str, name: str) -> Object:
    """Find the one object of a kind and name."""
    (one,) = [each for each in found if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return one


@dataclass(frozen=True)
class Pods:
    """The pods that an object makes: their labels and their specification."""

    owner: Object
    labels: dict[str, str]
    spec: Object

    @property
    def name(self) -> str:
        """Kind and name of the owner."""
        return f"{self.owner['kind']} {self.owner['metadata']['name']}"

    def containers(self) -> list[Object]:
        """Every container, those that initialise too."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(found: list[Object]) -> Iterator[Pods]:
    """Find all pods."""
    for owner in found:
        spec = owner.get("spec", {})
        if owner["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if owner["kind"] == "Pod":
            yield Pods(owner, owner["metadata"]["labels"], spec)
        elif "template" in spec and "spec" in spec["template"]:
            yield Pods(owner, spec["template"]["metadata"]["labels"], spec["template"]["spec"])
