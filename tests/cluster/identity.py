"""The site's Keycloak: behind the ingress, with a client for each release."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from k8s.keycloak.client import client_of
from k8s.lab.cluster import Cluster
from sptjobs.stack.managed_process import ManagedProcess, spawn
from sptjobs.stack.probes import http_ready
from tests.cluster.site import Release
from tests.support.keycloak import REALM, REALM_FILE, Keycloak, unpacked
from tests.support.maven import cache_folder
from tests.support.processes import wait_until

HOST = "keycloak.example.org"
PORT = 8180


@contextmanager
def running_identity_provider(
    cluster: Cluster, first: Release, others: list[Release]
) -> Iterator[Keycloak]:
    """Run Keycloak with the realm file for the first release, and register the others."""
    keycloak = Keycloak(PORT, first.client_secret, first.url, secrets.token_urlsafe(12))
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="run-") as runs:
        yield from _run(cluster, keycloak, Path(runs) / "keycloak", others)


def _run(
    cluster: Cluster, keycloak: Keycloak, folder: Path, others: list[Release]
) -> Iterator[Keycloak]:
    # Links instead of copies: the program is large and nothing writes to it.
    subprocess.run(["cp", "-al", str(unpacked()), str(folder)], check=True)
    (folder / "data/import").mkdir(parents=True)
    shutil.copy(REALM_FILE, folder / "data/import")
    environment = dict(os.environ) | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": "root",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": keycloak.password,
        "SPT_OIDC_CLIENT_SECRET": keycloak.secret,
        "SPT_PUBLIC_URL": keycloak.site,
        "JAVA_OPTS_APPEND": "-Xmx512m -XX:TieredStopAtLevel=1",
    }
    command = (
        *(str(folder / "bin/kc.sh"), "start", "--optimized", "--import-realm"),
        *("--http-enabled=true", "--http-host", "127.0.0.1", "--http-port", str(PORT)),
        *("--hostname", f"https://{HOST}", "--proxy-headers", "xforwarded"),
        *("--truststore-paths", str(cluster.state / "pki/ca.crt")),
        *("--hostname-backchannel-dynamic", "false"),
    )
    with (cluster.state / "log/keycloak.log").open("wb") as log:
        running = spawn(ManagedProcess("keycloak", command, environment), output=log)
    try:
        path = f"/realms/{REALM}/.well-known/openid-configuration"
        wait_until("Keycloak answers", lambda: http_ready("127.0.0.1", PORT, path), 300)
        for release in others:
            client = client_of(release.client_id, release.url, release.client_secret)
            keycloak.admin("POST", "/clients", client)
        keycloak.add_user("member", "/spt3g/users")
        keycloak.add_user("outsider")
        yield keycloak
    finally:
        os.killpg(running.pid, 9)
        running.wait()
