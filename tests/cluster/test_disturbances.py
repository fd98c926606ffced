"""While a long job runs: pods go, a node is drained, workers and a release come and go."""

import json
import re
from functools import partial

from k8s.lab.processes import LabError, until
from tests.cluster.disturbing import jobs_disturbed
from tests.cluster.site import Release

COMPONENTS = ("execute", "control", "api")
DEPLOYMENTS = ("", "-control", "-execute")


def test_each_pod_is_deleted_in_turn(production: Release) -> None:
    with jobs_disturbed(production):
        for component in COMPONENTS:
            for pod in production.pods(component):
                # Until it is gone: the Deployment's status may not know yet that it goes.
                production.kube("delete", "pod", pod)
                production.wait_rolled_out(*DEPLOYMENTS)


def test_the_nodes_pods_are_evicted_as_a_drain_does(production: Release) -> None:
    with jobs_disturbed(production):
        victims = [pod for component in COMPONENTS for pod in production.pods(component)]
        for pod in victims:
            # As kubectl drain: a budget that says "not now" is asked again.
            assert until(partial(evicted, production, pod), 180), pod
        production.wait_rolled_out(*DEPLOYMENTS)


def evicted(release: Release, pod: str) -> bool:
    about = {"name": pod, "namespace": release.name}
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": about}
    address = f"/api/v1/namespaces/{release.name}/pods/{pod}/eviction"
    try:
        release.kube("create", "--raw", address, "-f", "-", stdin=json.dumps(eviction))
    except LabError as error:
        if not re.search("disruption budget|NotFound|not found", str(error)):
            raise
        return "ound" in str(error)
    return True


def test_execute_workers_grow_from_one_to_three_and_shrink_again(production: Release) -> None:
    name = f"deployment/{production.name}-execute"
    with jobs_disturbed(production):
        for replicas in (3, 1):
            production.kube("scale", name, f"--replicas={replicas}")
            production.wait_rolled_out("-execute")
            assert until(partial(runs, production, replicas), 120), production.pods("execute")


def runs(release: Release, workers: int) -> bool:
    return len(release.pods("execute")) == workers


def test_an_upgrade_with_a_migration_and_a_rollback(production: Release) -> None:
    before = production.helm("history", production.name, "--max", "1", "-o", "json")
    revision = json.loads(before)[-1]["revision"]
    with jobs_disturbed(production):
        production.deploy("upgrade", "two")
        assert images(production) == {"two"}
        production.helm("rollback", production.name, str(revision), "--wait", "--timeout", "9m")
        assert images(production) == {"one"}
    assert "works with it" in production.kube(
        "exec", f"deployment/{production.name}-control", "--", "sptjobs", "db", "upgrade"
    )


def images(release: Release) -> set[str]:
    found = release.read("deployments")["items"]
    named = [c["image"] for d in found for c in d["spec"]["template"]["spec"]["containers"]]
    return {image.rpartition(":")[2] for image in named}
