"""Okteto's files: valid, for Deployments that exist, and side by side on one machine."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.k8s.rendering import CHART, ROOT, Object, find, objects

WEB = ROOT / "src/cutout-web-app"
FILES = [
    folder / f"okteto{which}.yml" for folder in (ROOT, WEB) for which in ("", "-dev1", "-dev2")
]
DEVELOPMENT = "--set=config.devMode.enabled=true"


def dev(file: Path) -> tuple[str, Object]:
    """Name and content of a manifest's one development container."""
    ((name, content),) = yaml.safe_load(file.read_text("utf-8"))["dev"].items()
    return name, content


def release_of(file: Path) -> str:
    return "spt-api-server" + file.stem.removeprefix("okteto")


def check(checkers: Path, file: Path) -> subprocess.CompletedProcess[str]:
    schema = Path(__file__).with_name("okteto.schema.json")
    command = [
        str(checkers / "python"),
        "-m",
        "check_jsonschema",
        "--schemafile",
        str(schema),
        str(file),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_manifest_is_of_the_form_that_okteto_takes(checkers: Path, file: Path) -> None:
    done = check(checkers, file)
    assert done.returncode == 0, done.stdout


def test_the_form_of_old_is_refused(checkers: Path, tmp_path: Path) -> None:
    file = tmp_path / "okteto.yml"
    file.write_text("name: a\nnamespace: b\nimage: c:1\nsync: ['.:/work']\nforward: ['1:2']\n")
    assert check(checkers, file).returncode != 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_manifest_is_of_a_deployment_that_the_chart_makes(which: str, file: Path) -> None:
    name, content = dev(file)
    found = objects(which, release_of(file), DEVELOPMENT)
    deployment = find(found, "Deployment", name)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    served = {port["containerPort"] for port in container["ports"]}
    settings = str(content["command"]) + str(content.get("environment", {}))
    for forward in content["forward"]:
        remote = int(forward.rpartition(":")[2])
        assert remote in served or f":{remote}" in settings
    assert deployment["metadata"]["name"].startswith(release_of(file))


def test_no_port_of_a_developers_machine_is_used_twice() -> None:
    local = [forward.partition(":")[0] for file in FILES for forward in dev(file)[1]["forward"]]
    # A reverse port is written the other way round: remote first.
    local += [back.rpartition(":")[2] for file in FILES for back in dev(file)[1].get("reverse", [])]
    assert len(local) == 12
    assert len(set(local)) == len(local)


def test_the_known_ports_of_the_second_release() -> None:
    _, api = dev(ROOT / "okteto-dev2.yml")
    assert (api["forward"], api["reverse"]) == (["8084:8080"], ["9000:9001"])
    _, web = dev(WEB / "okteto-dev2.yml")
    assert web["forward"] == ["3000:3000", "9229:9229"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_synced_is_where_the_container_works(file: Path) -> None:
    _, content = dev(file)
    assert content["sync"] == [f".:{content['workdir']}"]
    if file.parent == ROOT:
        assert (ROOT / content["command"][0]).stat().st_mode & 0o111


@pytest.mark.parametrize("folder", [ROOT, WEB])
def test_packages_are_not_synced(folder: Path) -> None:
    assert "node_modules" in (folder / ".stignore").read_text("utf-8").splitlines()


def test_the_images_are_the_charts() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    about = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    for file in FILES:
        registry, _, name = dev(file)[1]["image"].rpartition("/")
        assert registry == values["image"]["registry"]
        assert name.partition(":")[2] == about["appVersion"]
