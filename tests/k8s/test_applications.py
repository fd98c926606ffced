"""Argo CD's applications, rendered as Argo CD would from this very tree."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from k8s.lab.tools import helm_4
from tests.k8s.rendering import RELEASES, ROOT, Object, objects

APPS = ROOT / "k8s/apps"
DEVELOPMENT = ["spt-api-server-dev1", "spt-api-server-dev2"]


def read(name: str) -> Object:
    found: Object = yaml.safe_load((APPS / f"{name}.yaml").read_text("utf-8"))
    return found


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart as a repository of its own, with whatever is not committed yet."""
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(
        ["cp", "-r", "--parents", "k8s/charts", "k8s/apps", folder], cwd=ROOT, check=True
    )
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    return folder


def render(
    checkers: Path, repository: Path, file: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run argocheck; git takes the repository's address for the folder's."""
    code = "import sys; from argocheck.cli import main; sys.exit(main())"
    url = read("spt-api-server")["spec"]["source"]["repoURL"]
    environment = os.environ | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
        "PATH": f"{helm_4().parent}:{checkers}:{os.environ['PATH']}",
    }
    command = [str(checkers / "python"), "-c", code, *options, str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_argo_cd_renders_what_helm_does(checkers: Path, repository: Path, release: str) -> None:
    file = repository / "k8s/apps" / f"{release}.yaml"
    done = render(checkers, repository, file)
    assert done.returncode == 0, done.stdout + done.stderr
    for each in objects("helm 4", release):
        assert each["kind"] in done.stdout, done.stdout


def test_an_application_with_a_missing_values_file_is_seen(
    checkers: Path, repository: Path, tmp_path: Path
) -> None:
    text = (APPS / "spt-api-server-dev1.yaml").read_text("utf-8")
    file = tmp_path / "broken.yaml"
    file.write_text(text.replace("values-dev1.yaml", "values-dev7.yaml"))
    assert render(checkers, repository, file).returncode != 0


def test_each_application_has_its_release_namespace_and_values_in_order(release: str) -> None:
    spec = read(release)["spec"]
    assert spec["destination"]["namespace"] == release
    assert spec["source"]["helm"]["releaseName"] == release
    assert tuple(spec["source"]["helm"]["valueFiles"]) == RELEASES[release]
    assert (ROOT / spec["source"]["path"] / "Chart.yaml").is_file()
    labels = spec["syncPolicy"]["managedNamespaceMetadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_project_allows_the_applications_and_nothing_else() -> None:
    project = read("project")
    applications = [read(name) for name in RELEASES]
    assert {each["spec"]["project"] for each in applications} == {project["metadata"]["name"]}
    assert project["spec"]["destinations"] == [each["spec"]["destination"] for each in applications]
    (repository,) = project["spec"]["sourceRepos"]
    assert {each["spec"]["source"]["repoURL"] for each in applications} == {repository}
    assert {path.stem for path in APPS.glob("*.yaml")} == {"project", *RELEASES}


def test_production_heals_itself() -> None:
    assert read("spt-api-server")["spec"]["syncPolicy"]["automated"] == {
        "prune": True,
        "selfHeal": True,
    }


@pytest.mark.parametrize("name", DEVELOPMENT)
def test_what_okteto_does_to_a_development_release_is_let_be(name: str) -> None:
    spec = read(name)["spec"]
    assert spec["syncPolicy"]["automated"]["selfHeal"] is False
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]
    (ignored,) = spec["ignoreDifferences"]
    assert {"/spec/replicas", "/metadata/annotations/dev.okteto.com~1replicas"} <= set(
        ignored["jsonPointers"]
    )
