"""Every container keeps to the restricted profile, and can be probed and limited."""

import itertools
import subprocess
from pathlib import Path

import pytest

from tests.k8s.rendering import RELEASES, Object, Pods, objects, pods, text_of

CRDS = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "TriggerAuthentication"}
ALL_ON = (
    "--set=api.autoscaling.enabled=true,execute.autoscaling.enabled=true",
    "--set=archive.simulated.enabled=true,postgresql.enabled=true,redis.enabled=true",
    "--set=config.devMode.enabled=true,alerts.enabled=true,metrics.monitor.enabled=true",
)
SAFE_VOLUMES = {"name", "configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def faults(pod: Pods) -> list[str]:
    """Name what the restricted profile of the Pod Security Standards (v1.34) refuses."""
    spec, security = pod.spec, pod.spec.get("securityContext", {})
    found = [f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if not security.get("runAsNonRoot") or security.get("runAsUser") == 0:
        found.append("may run as root")
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        found.append("no seccomp profile")
    if spec.get("automountServiceAccountToken") is not False:
        found.append("an account of the cluster")
    volumes = spec.get("volumes", [])
    found += [f"volume {v['name']}" for v in volumes if not v.keys() <= SAFE_VOLUMES]
    return found + [fault for each in pod.containers() for fault in container_faults(each)]


def container_faults(container: Object) -> list[str]:
    security = container.get("securityContext", {})
    found = []
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        found.append("privileges")
    if security.get("capabilities", {}).get("drop") != ["ALL"]:
        found.append("capabilities")
    if any(port.get("hostPort") for port in container.get("ports", [])):
        found.append("a port of the host")
    return [f"{container['name']}: {fault}" for fault in found]


@pytest.mark.parametrize("more", [(), ALL_ON])
def test_every_pod_keeps_to_the_restricted_profile(
    which: str, release: str, more: tuple[str, ...]
) -> None:
    found = {pod.name: faults(pod) for pod in pods(objects(which, release, *more))}
    assert len(found) >= 6
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_restricted_check_sees_each_fault() -> None:
    good = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "a",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }
    assert faults(Pods({}, {}, good)) == []
    for key in ("automountServiceAccountToken", "securityContext"):
        assert faults(Pods({}, {}, {k: v for k, v in good.items() if k != key}))
    for bad in (
        {"hostNetwork": True},
        {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]},
        {"containers": [{"name": "a"}]},
    ):
        assert faults(Pods({}, {}, good | bad))


def test_only_what_developers_change_may_write_to_its_own_files(which: str, release: str) -> None:
    writable = {
        pod.name
        for pod in pods(objects(which, release))
        for container in pod.containers()
        if container["securityContext"]["readOnlyRootFilesystem"] is not True
    }
    assert writable <= {f"Deployment {release}-web-app"}


def test_every_container_has_resources_and_what_runs_on_has_probes(
    which: str, release: str
) -> None:
    for pod in pods(objects(which, release, *ALL_ON)):
        for container in pod.containers():
            given = container["resources"]
            assert {"cpu", "memory"} <= given["requests"].keys(), pod.name
            assert "memory" in given["limits"], pod.name
        if pod.owner["kind"] in {"Deployment", "StatefulSet"}:
            for container in pod.spec["containers"]:
                assert {"startupProbe", "livenessProbe"} <= container.keys(), pod.name


@pytest.mark.parametrize("version", ["1.30", "1.34", "1.37"])
def test_kubernetes_knows_every_field(checkers: Path, version: str, tmp_path: Path) -> None:
    files = []
    for release, more in itertools.product(RELEASES, ((), ALL_ON)):
        files.append(tmp_path / f"{release}-{len(more)}.yaml")
        files[-1].write_text(text_of("helm 4", release, *more))
    done = validate(checkers, version, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_of_fields_sees_an_unknown_one(checkers: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    text = text_of("helm 4", "spt-api-server")
    file.write_text(text.replace("maxUnavailable: 0", "maxUnavailble: 0"))
    assert validate(checkers, "1.34", file).returncode != 0


def validate(checkers: Path, version: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(checkers / "python"),
        "-m",
        "kubernetes_validate",
        "-k",
        version,
        "--strict",
        *map(str, files),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_not_of_kubernetes_itself_is_known_by_name(which: str, release: str) -> None:
    kinds = {
        each["kind"]
        for each in objects(which, release, *ALL_ON)
        if not each["apiVersion"].startswith(("apps/", "batch/", "autoscaling/", "policy/", "v1"))
        and "k8s.io" not in each["apiVersion"]
    }
    assert kinds <= CRDS
