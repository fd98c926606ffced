"""The steps of docs/deployment.md, typed as they stand there, bring a service up.

What a reader puts in is put in here too: names of the site, passwords, a file of values. The
release has another name, since that of the document is taken. Two commands cannot be tried:
there is no registry of images to push to, and Keycloak asks for its password by hand.
"""

import os
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import requests
import yaml

from k8s.lab.tools import helm_4, kubectl
from tests.cluster.site import ROOT, TRUST, Release, lab_values

NAME = "spt-api-server-walk"
PAGE = (ROOT / "docs/deployment.md").read_text("utf-8")
ADDRESSES = ("SPT_DATABASE_URL", "SPT_BROKER_URL")
SITE = "site-data"
SERVER = "statefulset/data-spt-api-server-postgresql"


def commands(heading: str) -> list[str]:
    """Read the commands below a heading: what is indented, one command with its continuations."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?:^(?: {4}| {7})\S.*\n(?: {4,}.*\n)*)+", section, re.MULTILINE)
    text = "\n".join(blocks).replace("\\\n", " ")
    found = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return [line for line in found if line.startswith(("kubectl", "python3", "helm"))]


@pytest.fixture(scope="module")
def walk(production: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """A release that is not there yet, and what the site brings: databases, volumes, values."""
    release = replace(production, name=NAME)
    release.make_volumes(own_data=False)
    make_database(production)
    values = lab_values("one")
    values["config"]["publicUrl"] = release.url
    values["ingress"] = {"host": release.host}
    (release.cluster.state / "site.yaml").write_text(yaml.safe_dump(values))
    yield release
    release.cluster.kube("delete", "namespace", NAME, "--ignore-not-found", "--wait=false")


def make_database(production: Release) -> None:
    """Make a second database on the site's server."""
    password = urlsplit(addresses(production)["SPT_DATABASE_URL"]).password
    command = f"PGPASSWORD={password} createdb --no-password -h 127.0.0.1 -U spt walk"
    production.cluster.kube("-n", SITE, "exec", SERVER, "--", "sh", "-c", command)


def addresses(production: Release) -> dict[str, str]:
    """Read the addresses of database and broker out of production's Secret."""
    secret = production.read("secret", "spt-api-server-secrets")["data"]
    return {name: b64decode(secret[name]).decode() for name in ADDRESSES}


def typed(release: Release, production: Release, command: str) -> str:
    """Put in what the reader puts in."""
    database, broker = (text.rpartition("/")[0] for text in addresses(production).values())
    changes = {
        r"(?<!charts/)\bspt-api-server(?!-dev)\b": NAME,
        r"postgresql\+asyncpg://\S+": f"{database}/walk",
        r"redis://\S+": f"{broker}/1",
        r"\bsite\.yaml": str(release.cluster.state / "site.yaml"),
        r"> client-secret": f"> {release.cluster.state}/client-secret",
        r"--client-secret-file client-secret": (
            f"--client-secret-file {release.cluster.state}/client-secret"
        ),
        r"image\.tag=0\.2\.0": "image.tag=two",
        r"--group spt3g-users": "--group /spt3g/users",
    }
    for pattern, text in changes.items():
        command = re.sub(pattern, text.replace("\\", r"\\"), command)
    return command


def type_in(release: Release, command: str) -> str:
    tools = os.pathsep.join([str(kubectl().parent), str(helm_4().parent), os.environ["PATH"]])
    environment = os.environ | {
        "PATH": tools,
        "KUBECONFIG": str(release.cluster.state / "admin.kubeconfig"),
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def test_from_an_empty_cluster_to_a_running_service_and_through_an_upgrade(
    walk: Release, production: Release
) -> None:
    steps = commands("From an empty cluster to a running service")
    assert len(steps) >= 9
    said = ""
    for step in steps:
        if "kcadm.sh" in step or "client.py" in step:
            continue  # tests/cluster/identity.py registers what that command prints
        if step.startswith("helm install"):
            trusted = walk.cluster.state / "pki/ca.crt"
            walk.kube("create", "configmap", TRUST, f"--from-file=ca-certificates.crt={trusted}")
        if "create job first-ingest" in step:
            walk.bring_maps()
        said = type_in(walk, typed(walk, production, step))
    # The last step printed a token.
    check_service(walk, said.split()[-1])
    for step in commands("Upgrade and rollback"):
        type_in(walk, typed(walk, production, step))
    check_service(walk, said.split()[-1])
    found = walk.read("deployment", NAME)["spec"]["template"]["spec"]["containers"][0]["image"]
    assert found.endswith(":one")


def check_service(release: Release, token: str) -> None:
    address = release.read("service", NAME)["spec"]["clusterIP"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    response = requests.get(f"http://{address}:8080/api/v1/maps", headers=headers, timeout=60)
    assert response.status_code == 200, response.text
    assert response.json()["count"] > 0, response.text[:500]
