"""NetworkPolicies are enforced, and the chart's let through what must pass and nothing else.

Each pod that the chart makes has a stand-in here with its labels and ports, in a namespace with the
release's policies and Services: nothing that works is disturbed by taking policies away. That what
must pass is enough for the programs themselves, every other test of the releases shows.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

import pytest

from k8s.lab.cluster import Cluster
from k8s.lab.files import ADDRESS
from k8s.lab.processes import until
from tests.cluster.site import Document, make_namespace
from tests.cluster.trying import PASSES, WELL_KNOWN, Pod, passing, stand_in
from tests.k8s.rendering import objects, pods

RELEASES = ("spt-api-server", "spt-api-server-dev2")
NEIGHBOURS = ("ingress-nginx", "monitoring", "stranger", "elsewhere")
PROGRAMS = ("api", "control", "execute", "migrate", "simulate", "ingest", "test")
COMPONENTS = (*PROGRAMS, "web-app", "postgresql", "redis")
COMPONENT = "app.kubernetes.io/component"
OUTSIDE = ("elsewhere", "names", "a name")

Pairs = set[tuple[str, str]]
Needs = dict[tuple[str, str], set[str]]


def permitted() -> Needs:
    """Name for each client and target that must pass the policies without which it would not."""
    rows: list[tuple[tuple[str, ...], tuple[str, ...], set[str]]] = [
        (("ingress-nginx",), ("api:8080", "web-app:3000"), {"-serve"}),
        (("test",), ("api:8080", "web-app:3000"), {"-serve", "-programs"}),
        (("monitoring",), ("api:9090", "control:9090", "execute:9090"), {"-metrics"}),
        (PROGRAMS, ("postgresql:5432", "redis:6379"), {"-data", "-programs"}),
        # The identity provider, and a database and a broker of the site's.
        (PROGRAMS, ("elsewhere:443", "elsewhere:5432", "elsewhere:6379"), {"-programs"}),
        # `npm ci` in the web app's pod, from a registry of packages.
        (("web-app",), ("elsewhere:443",), {"-packages"}),
        (COMPONENTS, ("names:53", "a name"), {""}),
    ]
    return {
        pair: policies for clients, targets, policies in rows for pair in product(clients, targets)
    }


@dataclass(frozen=True)
class Trial:
    """A release's policies, and all who try.

    Attributes
    ----------
    clients
        Pods by what they stand in for.
    targets
        Addresses, and a name, by what is behind them.
    policies
        The chart's policies by the ends of their names.
    """

    cluster: Cluster
    namespace: str
    clients: dict[str, Pod]
    targets: dict[str, str]
    policies: dict[str, Document]

    @property
    def needs(self) -> Needs:
        """What must pass of what this release has: production has no database of its own."""
        return {
            (client, target): policies
            for (client, target), policies in permitted().items()
            if client in self.clients and target in self.targets
        }

    @contextmanager
    def without(self, *suffixes: str) -> Iterator[None]:
        """Take policies away for a while."""
        taken = [self.policies[suffix] for suffix in suffixes]
        names = [each["metadata"]["name"] for each in taken]
        self.cluster.kube("-n", self.namespace, "delete", "networkpolicy", *names)
        try:
            yield
        finally:
            put(self.cluster, self.namespace, taken)

    def assert_soon(self, expected: Pairs) -> None:
        """Wait until exactly these pass: a policy is enforced a moment after it is accepted."""
        seen: list[Pairs] = []

        def as_expected() -> bool:
            seen.append(of_the_release(passing(self.clients, self.targets)))
            return seen[-1] == expected

        if not until(as_expected, 120):
            stopped, let_through = sorted(expected - seen[-1]), sorted(seen[-1] - expected)
            pytest.fail(f"blocked, and must pass: {stopped}; passes, and must not: {let_through}")


def of_the_release(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Leave out what its policies do not rule: what others do outside, and a pod with itself."""
    return {
        (client, target)
        for client, target in pairs
        if client != target.partition(":")[0]
        and (client in COMPONENTS or not target.startswith(OUTSIDE))
    }


def put(cluster: Cluster, namespace: str, found: list[Document]) -> None:
    """Make objects in a namespace."""
    several = {"apiVersion": "v1", "kind": "List", "items": found}
    cluster.kube("-n", namespace, "apply", "-f", "-", stdin=json.dumps(several))


@pytest.fixture(scope="module")
def neighbours(cluster: Cluster) -> Iterator[dict[str, Pod]]:
    """Pods of other namespaces: two that values.yaml names, and two that nothing names."""
    try:
        for name in NEIGHBOURS:
            make_namespace(cluster, name)
        yield {name: stand_in(cluster, name, "stand-in") for name in NEIGHBOURS}
    finally:
        remove(cluster, *NEIGHBOURS)


@pytest.fixture(params=RELEASES, scope="module")
def trial(
    cluster: Cluster, neighbours: dict[str, Pod], request: pytest.FixtureRequest
) -> Iterator[Trial]:
    namespace = f"{request.param}-policies"
    make_namespace(cluster, namespace)
    try:
        yield begun(cluster, namespace, request.param, neighbours)
    finally:
        remove(cluster, namespace)


def begun(cluster: Cluster, namespace: str, release: str, neighbours: dict[str, Pod]) -> Trial:
    """Make the release's policies, its Services, and a stand-in for each of its pods."""
    found = objects("helm 4", release)
    policies = [each for each in found if each["kind"] == "NetworkPolicy"]
    put(cluster, namespace, [*policies, *(each for each in found if each["kind"] == "Service")])
    own, ports = {}, {}
    for each in pods(found):
        name = each.labels[COMPONENT]
        ports[name] = each.spec["containers"][0].get("ports", [])
        own[name] = stand_in(cluster, namespace, name, each.labels, ports[name])
    like_api = next(each.labels for each in pods(found) if each.labels[COMPONENT] == "api")
    others = {name: pod for name, pod in neighbours.items() if name != "elsewhere"}
    others["an api of another namespace"] = stand_in(cluster, "stranger", "like-api", like_api)
    others["a pod of nobody's"] = stand_in(cluster, namespace, "nobody")
    at = {name: pod.wait_ready() for name, pod in (own | others | neighbours).items()}
    targets = {
        f"{name}:{port['containerPort']}": f"{at[name]}:{port['containerPort']}"
        for name in own
        for port in ports[name]
    }
    targets |= services(cluster, namespace)
    targets |= {f"elsewhere:{port}": f"{at['elsewhere']}:{port}" for port in WELL_KNOWN}
    targets["names:53"] = f"{ADDRESS}:53"
    targets["a name"] = f"{release}.{namespace}.svc.cluster.local"
    by_suffix = {each["metadata"]["name"].removeprefix(release): each for each in policies}
    return Trial(cluster, namespace, own | others, targets, by_suffix)


def services(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Give the addresses of the Services, through which clients come."""
    found = json.loads(cluster.kube("-n", namespace, "get", "services", "-o", "json"))["items"]
    return {
        f"{spec['selector'][COMPONENT]}:{port['port']}": f"{spec['clusterIP']}:{port['port']}"
        for spec in (each["spec"] for each in found)
        if spec["clusterIP"] != "None"
        for port in spec["ports"]
    }


def remove(cluster: Cluster, *namespaces: str) -> None:
    cluster.kube("delete", "namespace", *namespaces, "--ignore-not-found", "--timeout=180s")


@pytest.mark.parametrize(("side", "owner"), [("Ingress", "elsewhere"), ("Egress", "stranger")])
def test_a_policy_that_denies_everything_is_enforced_and_without_it_the_same_connection_passes(
    cluster: Cluster, neighbours: dict[str, Pod], side: str, owner: str
) -> None:
    client, server = neighbours["stranger"], neighbours["elsewhere"]
    client.wait_ready()
    addresses = [f"{server.wait_ready()}:{port}" for port in WELL_KNOWN]
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny-all"},
        "spec": {"podSelector": {}, "policyTypes": [side]},
    }
    assert until(lambda: set(client.tried(addresses)) == {PASSES}, 60)
    put(cluster, owner, [policy])
    try:
        assert until(lambda: PASSES not in client.tried(addresses), 60)
    finally:
        cluster.kube("-n", owner, "delete", "networkpolicy", "deny-all")
    assert until(lambda: set(client.tried(addresses)) == {PASSES}, 60)


def test_what_must_pass_passes_and_all_else_is_blocked(trial: Trial) -> None:
    trial.assert_soon(set(trial.needs))


@pytest.mark.parametrize("policy", ["-serve", "-programs", "-packages", "-data", "-metrics"])
def test_without_a_policy_what_it_permits_is_blocked(trial: Trial, policy: str) -> None:
    if policy not in trial.policies:
        # Production has no database of its own and no pod of the web app.
        assert not any(policy in policies for policies in trial.needs.values())
        return
    left = {pair for pair, policies in trial.needs.items() if policy not in policies}
    assert left != set(trial.needs)
    with trial.without(policy):
        trial.assert_soon(left)


def test_without_the_policies_every_connection_passes(trial: Trial) -> None:
    with trial.without(*trial.policies):
        trial.assert_soon(of_the_release(product(trial.clients, trial.targets)))


def test_the_table_names_each_pod_and_each_policy_of_the_chart() -> None:
    found = [each for release in RELEASES for each in objects("helm 4", release)]
    names = {
        each["metadata"]["name"].removeprefix("spt-api-server").removeprefix("-dev2")
        for each in found
        if each["kind"] == "NetworkPolicy"
    }
    assert {policy for policies in permitted().values() for policy in policies} == names
    assert {each.labels[COMPONENT] for each in pods(found)} == set(COMPONENTS)
