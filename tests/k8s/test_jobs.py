"""Settings can be changed, and migrations run, in a release that is there already."""

from typing import Any

import pytest

from tests.k8s.rendering import Object, find, objects, pods

CHANGES = [
    ("--set-string", "config.settings.SPT_MAX_TARGETS=5"),
    ("--set-string", "config.settings.SPT_LOST_PACKS_KEPT_S=7200"),
    ("--set", "config.publicUrl=https://elsewhere.example.org"),
    ("--set", "execute.slots=3"),
    ("--set", "config.basePath=/elsewhere"),
    ("--set", "archive.simulated.survey=tiny"),
    ("--set", "archive.resources.limits.memory=3Gi"),
    ("--set", "image.tag=0.0.9"),
    ("--set", "tmpSize=2Gi"),
    ("--set", "secret.name=another"),
]


def jobs(found: list[Object]) -> dict[str, Any]:
    """Give the Jobs that Helm updates in place: hooks are deleted and made again."""
    return {
        each["metadata"]["name"]: each["spec"]
        for each in found
        if each["kind"] == "Job" and "helm.sh/hook" not in each["metadata"].get("annotations", {})
    }


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[1])
def test_no_value_changes_a_job_under_its_name(
    which: str, release: str, change: tuple[str, str]
) -> None:
    # Kubernetes refuses that, and with it the whole upgrade.
    before, after = jobs(objects(which, release)), jobs(objects(which, release, *change))
    for name in before.keys() & after.keys():
        assert before[name] == after[name]


def test_settings_alone_make_no_new_maps(which: str) -> None:
    release = "spt-api-server-dev1"
    before = jobs(objects(which, release))
    assert len(before) == 1
    for change in CHANGES[:4]:
        assert jobs(objects(which, release, *change)) == before
    assert jobs(objects(which, release, *CHANGES[5])).keys() != before.keys()


def test_each_pod_of_the_programs_waits_for_its_database(which: str, release: str) -> None:
    own = release != "spt-api-server"
    for pod in pods(objects(which, release)):
        image = pod.spec["containers"][0]["image"]
        is_ours = "spt-api:" in image or "spt-worker:" in image
        if not is_ours or pod.owner["kind"] == "Pod" or "migrate" in pod.name:
            continue
        schema = pod.spec["initContainers"][0]
        # Where an image changes under its tag, whoever starts with the new one migrates.
        assert schema["command"] == [
            "sptjobs",
            "db",
            "upgrade" if own else "await",
            "--timeout",
            "300",
        ]
        assert schema["image"] == image
        assert pod.spec["containers"][0]["imagePullPolicy"] == ("Always" if own else "IfNotPresent")


def test_production_migrates_before_its_pods_are_replaced(which: str) -> None:
    hook = find(objects(which, "spt-api-server"), "Job", "spt-api-server-migrate")
    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize("release", ["spt-api-server-dev1", "spt-api-server-dev2"])
def test_the_web_apps_development_server_reaches_a_registry_of_packages(
    which: str, release: str
) -> None:
    found = objects(which, release)
    (pod,) = [each for each in pods(found) if each.name == f"Deployment {release}-web-app"]
    assert 443 in egress_ports(found, pod.labels)
    (database,) = [each for each in pods(found) if each.name.endswith("-postgresql")]
    assert egress_ports(found, database.labels) == {53}


def egress_ports(found: list[Object], labels: dict[str, str]) -> set[int]:
    """Ports that the policies let pods with these labels reach anywhere."""
    ports: set[int] = set()
    for each in found:
        if each["kind"] != "NetworkPolicy":
            continue
        selector = each["spec"]["podSelector"]
        chosen = selector.get("matchLabels", {}).items() <= labels.items()
        for rule in selector.get("matchExpressions", []):
            assert rule["operator"] == "In"
            chosen &= labels.get(rule["key"]) in rule["values"]
        for rule in each["spec"].get("egress", []) if chosen else []:
            ports |= {port["port"] for port in rule["ports"]} if "to" not in rule else set()
    return ports
