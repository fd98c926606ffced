"""One site for all of these tests, in the cluster's network."""

import os
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from k8s.lab.binaries import binaries
from k8s.lab.cluster import Cluster, state_folder
from k8s.lab.ingress import Ingress
from k8s.lab.tools import helm_3, helm_4, kubectl
from tests.cluster.identity import HOST, PORT, running_identity_provider
from tests.cluster.site import Release, install_data

NAMES = {
    "spt-api-server": ("values.yaml",),
    "spt-api-server-dev1": ("values.yaml", "values-dev1.yaml"),
    "spt-api-server-dev2": ("values.yaml", "values-dev2.yaml"),
}

STAYS_UP = "SPT_LAB_STAYS_UP"
"""Variable that is set where the cluster outlives these tests, which then tidy up in it."""

# Both majors install and test a release here; all of them render the same (tests/k8s).
HELMS = {"spt-api-server-dev1": helm_3}


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    found = Cluster(state_folder(), binaries(), kubectl())
    assert found.state.exists(), "no cluster is up: make itest-k8s brings one up"
    return found


@pytest.fixture(scope="session")
def releases(cluster: Cluster) -> Iterator[dict[str, Release]]:
    """Three releases side by side, with what a site brings: data, identity provider, ingress."""
    made = {
        name: Release(cluster, name, values, secrets.token_urlsafe(24), HELMS.get(name, helm_4))
        for name, values in NAMES.items()
    }
    production, *development = made.values()
    ingress = Ingress(cluster, {HOST: f"127.0.0.1:{PORT}"})
    ingress.start()
    try:
        with running_identity_provider(cluster, production, development):
            install(production, development)
            ingress.reload()
            yield made
    finally:
        ingress.stop()
        if STAYS_UP in os.environ:
            remove(cluster, made)


def install(production: Release, development: list[Release]) -> None:
    """Install all at once, as three people would: most of it is waiting."""
    with ThreadPoolExecutor() as people:
        at_work = [people.submit(install_production, production)]
        at_work += [people.submit(install_development, release) for release in development]
    for each in at_work:
        each.result()


def install_production(release: Release) -> None:
    release.make_namespace()
    release.make_volumes(own_data=False)
    release.make_secret(*install_data(release.cluster))
    release.deploy("install", "one")
    fill_archive(release)


def install_development(release: Release) -> None:
    release.make_namespace()
    release.make_volumes(own_data=True)
    release.make_secret("--own-data")
    release.deploy("install", "one", "--wait-for-jobs")


def fill_archive(release: Release) -> None:
    """Bring maps into the volume, as a site's own ways do, and have them catalogued."""
    release.bring_maps()
    release.kube("create", "job", "first-ingest", f"--from=cronjob/{release.name}-ingest")
    release.kube("wait", "--for=condition=Complete", "job/first-ingest", "--timeout=300s")


def remove(cluster: Cluster, releases: dict[str, Release]) -> None:
    namespaces = (*releases, "site-data")
    cluster.kube("delete", "namespace", *namespaces, "--ignore-not-found", "--timeout=180s")
    cluster.kube("delete", "pv", "--all", "--timeout=60s")
    shutil.rmtree(cluster.state / "volumes", ignore_errors=True)


@pytest.fixture(scope="session")
def production(releases: dict[str, Release]) -> Release:
    return releases["spt-api-server"]
