"""Three releases side by side: each works, and none lets in what is another's."""

import pytest
import requests

from sptjobs.stack.signing_in import SignInError
from tests.cluster.conftest import NAMES
from tests.cluster.site import Release
from tests.support.scraping import names, parsed, value
from tests.support.service import check_manifest, grid_of_targets

TARGETS = {"positions": grid_of_targets(20), "size": 5}


@pytest.fixture(params=NAMES)
def release(releases: dict[str, Release], request: pytest.FixtureRequest) -> Release:
    return releases[request.param]


def test_the_namespaces_enforce_the_restricted_profile_and_no_pod_was_refused(
    release: Release,
) -> None:
    labels = release.cluster.kube(
        "get", "namespace", release.name, "-o", "jsonpath={.metadata.labels}"
    )
    assert '"pod-security.kubernetes.io/enforce":"restricted"' in labels
    events = release.read("events")["items"]
    refused = [each for each in events if each["reason"] in {"FailedCreate", "OOMKilling"}]
    assert refused == []


def test_helm_test_passes(release: Release) -> None:
    assert "Succeeded" in release.helm("test", release.name, "--timeout", "5m")


def test_a_member_signs_in_through_the_ingress_and_a_job_completes(release: Release) -> None:
    url = release.member.create(TARGETS)
    assert url.startswith(f"{release.url}/api/v1/cutout/async/")
    release.member.wait_completed(url, 300)
    rows = release.member.session.get(f"{url}/results/manifest", timeout=60).json()["rows"]
    files = {}
    for row in rows:
        if row["file"] is not None:
            job = url.rpartition("/")[2]
            address = f"{release.url}/files/jobs/{job}/out/{row['file']}"
            files[row["file"]] = release.member.session.get(address, timeout=60).content
    assert check_manifest(rows, files) > 0


def test_who_is_in_no_group_signs_in_and_is_refused(release: Release) -> None:
    with pytest.raises(SignInError):
        release.visitor("outsider")


def test_a_token_of_one_release_is_refused_by_the_others(releases: dict[str, Release]) -> None:
    for mine in releases.values():
        for other in releases.values():
            response = requests.get(
                f"{other.url}/api/v1/cutout/async",
                headers={"Authorization": f"Bearer {mine.member.token}"},
                timeout=60,
            )
            assert response.status_code == (200 if mine is other else 401)


def test_production_serves_the_build_and_development_the_development_server(
    releases: dict[str, Release],
) -> None:
    for release in releases.values():
        page = requests.get(f"{release.url}/app/cutout/", timeout=120)
        assert page.status_code == 200
        assert ("@vite/client" in page.text) is ("-dev" in release.name)


def test_every_program_tells_its_metrics_to_its_port_and_none_through_the_ingress(
    release: Release,
) -> None:
    own = {"api": "sptapi_", "control": "sptjobs_jobs", "execute": "sptjobs_children"}
    for component, name in own.items():
        for pod in release.pods(component):
            address = release.read("pod", pod)["status"]["podIP"]
            response = requests.get(f"http://{address}:9090/metrics", timeout=30)
            samples = parsed(response.text)
            assert value(samples, "spt_database_up") == value(samples, "spt_broker_up") == 1
            assert any(each.startswith(name) for each in names(samples)), component
    for path in ("/metrics", "/metrics/"):
        assert requests.get(release.url + path, timeout=30).status_code == 404
    with pytest.raises(requests.RequestException):
        requests.get(f"{release.url}:9090/metrics", timeout=5)


def test_nothing_of_the_cluster_is_reachable_with_a_pods_own_account(release: Release) -> None:
    found = ["sh", "-c", "ls /var/run/secrets/kubernetes.io 2>/dev/null | wc -l"]
    for component in ("api", "control", "execute"):
        (pod, *_) = release.pods(component)
        assert release.kube("exec", pod, "--", *found).strip() == "0"


def test_no_secret_is_in_an_environment(release: Release) -> None:
    for component in ("api", "control", "execute"):
        (pod, *_) = release.pods(component)
        environment = release.kube("exec", pod, "--", "env")
        assert release.client_secret not in environment
        assert "redis://:" not in environment
        files = release.kube("exec", pod, "--", "ls", "/run/secrets/spt").split()
        assert ("SPT_TOKEN_KEY" in files) is (component == "api")
