"""Development mode in the running release dev2: what its two tutorials promise."""

import json
import tarfile
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
import requests
import yaml

from k8s.lab.processes import run, until
from tests.cluster.site import ROOT, Document, Release
from tests.support.chromium import chromium

OLD, NEW = ">Quick look<", ">Stamps, changed<"
FRAME = "src/shell/Frame.tsx"


@pytest.fixture(scope="module")
def release(releases: dict[str, Release]) -> Release:
    return releases["spt-api-server-dev2"]


def test_a_change_in_the_running_pod_shows_in_the_browser_without_a_reload(
    release: Release, tmp_path: Path
) -> None:
    pod = f"deployment/{release.name}-web-app"
    with chromium(tmp_path, flags=("--ignore-certificate-errors",)) as browser:
        browser.open(f"{release.url}/account")
        browser.wait_for("https://keycloak.example.org/")
        browser.fill(username="member", password="membermember")
        browser.wait_for(f"{release.url}/account")
        browser.open(f"{release.url}/app/cutout/")
        assert until(lambda: "Quick look" in browser.text, 120), browser.text
        browser.driver.execute_script("window.before = 'the change'")
        change = f"s|{OLD}|{NEW}|"
        release.kube("exec", pod, "--", "sed", "-i", change, FRAME)
        try:
            assert until(lambda: "Stamps, changed" in browser.text, 60), browser.problems()
            assert browser.driver.execute_script("return window.before") == "the change"
        finally:
            release.kube("exec", pod, "--", "sed", "-i", f"s|{NEW}|{OLD}|", FRAME)
        assert until(lambda: "Stamps, changed" not in browser.text, 60)


def okteto_clone(release: Release, file: Path) -> Document:
    """Make what Okteto makes of a Deployment and a manifest: a copy with another container."""
    ((name, manifest),) = yaml.safe_load(file.read_text("utf-8"))["dev"].items()
    found = release.read("deployment", name)
    template = found["spec"]["template"]
    template["metadata"]["labels"] |= {"dev.okteto.com": "true"}
    (container,) = template["spec"]["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe", "lifecycle"):
        container.pop(probe, None)
    container |= {
        "image": "localhost/spt-api-dev:one",
        "command": manifest["command"],
        "workingDir": manifest["workdir"],
        "resources": {"limits": {"memory": "2Gi"}},
    }
    container["securityContext"]["readOnlyRootFilesystem"] = False
    container["volumeMounts"].append({"name": "synced", "mountPath": manifest["workdir"]})
    template["spec"]["volumes"].append({"name": "synced", "emptyDir": {}})
    # What Okteto copies the code with, before the command starts.
    waiting = {"name": "sync", "image": container["image"], "workingDir": "/work"}
    waiting |= {"command": ["sh", "-c", "until [ -e /work/.synced ]; do sleep 0.2; done"]}
    waiting["securityContext"] = container["securityContext"]
    waiting["volumeMounts"] = [{"name": "synced", "mountPath": "/work"}]
    template["spec"]["initContainers"] = [waiting]
    labels = template["metadata"]["labels"]
    spec = {"replicas": 1, "strategy": {"type": "Recreate"}, "template": template}
    spec["selector"] = {"matchLabels": labels}
    about = {"name": f"{name}-okteto", "labels": found["metadata"]["labels"]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec}


def sync(release: Release, pod: str) -> None:
    """Copy the code into the development container."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("src/sptapi", "src/sptjobs", "k8s/dev", "setup.cfg", "pyproject.toml"):
            archive.add(ROOT / name, name, filter=lambda e: None if "__pycache__" in e.name else e)
        archive.addfile(tarfile.TarInfo(".synced"), BytesIO())
    file = release.cluster.state / "synced.tar"
    file.write_bytes(packed.getvalue())
    command = release.cluster.kubectl_command("-n", release.name, "exec", "-i", pod, "-c", "sync")
    words = " ".join(map(str, command))
    run("sh", "-c", f"{words} -- tar -x -m -o -f - -C /work < {file}")


def test_the_development_container_runs_the_synced_code_with_a_debugger(release: Release) -> None:
    clone = okteto_clone(release, ROOT / "okteto-dev2.yml")
    name = clone["metadata"]["name"]
    release.kube("scale", f"deployment/{release.name}", "--replicas=0")
    release.kube("apply", "-f", "-", stdin=json.dumps(clone))
    try:
        chosen = ("pods", "-l", "dev.okteto.com=true")
        assert until(lambda: bool(started(release, chosen)), 120)
        (pod,) = started(release, chosen)
        sync(release, pod)
        assert until(partial(says, release, pod, "API server listening"), 180), log(release, pod)
        assert "No IDE listens on port 9000" in log(release, pod)
        # As the tutorial has it.
        assert "map" in release.kube("exec", pod, "-c", "api", "--", "sptjobs", "archive", "list")
        assert "revision" in release.kube(
            "exec", pod, "-c", "api", "--", "sptjobs", "db", "upgrade"
        )
        release.kube("cp", str(ROOT / "tests/cluster/ide.py"), f"{pod}:/tmp/ide.py")
        shell = "python /tmp/ide.py > /tmp/ide.log 2>&1 &"
        release.kube("exec", pod, "--", "sh", "-c", shell)
        assert until(partial(in_pod, release, pod, "/tmp/ide.log", "listening"), 60)
        change = "s|^async def live(.*|&\\n    # synced|"
        release.kube("exec", pod, "--", "sed", "-i", change, "src/sptapi/handlers/health.py")
        assert until(partial(in_pod, release, pod, "/tmp/ide.log", "debugging"), 120), log(
            release, pod
        )
        assert until(lambda: log(release, pod).count("API server listening") == 2, 120)
        assert requests.get(f"{release.url}/live", timeout=60).status_code == 200
    finally:
        release.kube("delete", "deployment", name, "--wait=true")
        release.kube("scale", f"deployment/{release.name}", "--replicas=1")
        release.wait_rolled_out("")


def started(release: Release, chosen: tuple[str, ...]) -> list[str]:
    """Name the pods whose first container runs."""
    return [
        each["metadata"]["name"]
        for each in release.read(*chosen)["items"]
        for status in each["status"].get("initContainerStatuses", [])
        if "running" in status["state"]
    ]


def log(release: Release, pod: str) -> str:
    return release.kube("logs", pod, "-c", "api")


def says(release: Release, pod: str, text: str) -> bool:
    phase = release.read("pod", pod)["status"]["phase"]
    return phase == "Running" and text in log(release, pod)


def in_pod(release: Release, pod: str, file: str, text: str) -> bool:
    return text in release.kube("exec", pod, "--", "cat", file)
