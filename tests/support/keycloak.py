"""A real Keycloak for a test run: fetched once, kept unpacked in a cache folder."""

import json
import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import unused_port

from sptjobs.stack.managed_process import ManagedProcess, spawn
from sptjobs.stack.probes import http_ready
from tests.support.maven import cache_folder, fetched
from tests.support.processes import wait_until

VERSION = "26.4.5"
REALM = "spt3g"
CLIENT = "spt3g-data-service"
GROUPS_CLIENT = "spt3g-groups"
REALM_FILE = Path(__file__).parents[2] / "k8s/keycloak/spt3g-realm.json"
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Keycloak:
    """A running Keycloak, and its administrator.

    Attributes
    ----------
    secret
        Of the service's client.
    site
        Public address of the service.
    """

    port: int
    secret: str
    site: str
    password: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/{REALM}"

    def admin(self, method: str, path: str, document: Any = None) -> Any:
        """Ask the administration's API, below the realm."""
        form = {"grant_type": "password", "client_id": "admin-cli"}
        form |= {"username": "root", "password": self.password}
        token = self._ask(
            "POST",
            f"{self.url}/realms/master/protocol/openid-connect/token",
            urllib.parse.urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = None if document is None else json.dumps(document).encode()
        return self._ask(method, f"{self.url}/admin/realms/{REALM}{path}", body, headers)

    def add_user(self, name: str, *groups: str) -> str:
        """Make a user in groups, named by their paths; the password is the name twice."""
        credentials = [{"type": "password", "value": name * 2, "temporary": False}]
        user = {"username": name, "enabled": True, "groups": list(groups)}
        user |= {"email": f"{name}@example.org", "emailVerified": True}
        user |= {"firstName": name, "lastName": "Tester", "credentials": credentials}
        self.admin("POST", "/users", user)
        return self.user_id(name)

    def user_id(self, name: str) -> str:
        return str(self.admin("GET", f"/users?username={name}&exact=true")[0]["id"])

    def add_groups_client(self) -> str:
        """Make the client that may put users into groups, and give its secret."""
        secret = secrets.token_urlsafe(24)
        client = {"clientId": GROUPS_CLIENT, "secret": secret, "serviceAccountsEnabled": True}
        client |= {"standardFlowEnabled": False, "publicClient": False}
        self.admin("POST", "/clients", client)
        (made,) = self.admin("GET", f"/clients?clientId={GROUPS_CLIENT}")
        (realm,) = self.admin("GET", "/clients?clientId=realm-management")
        role = self.admin("GET", f"/clients/{realm['id']}/roles/manage-users")
        user = self.admin("GET", f"/clients/{made['id']}/service-account-user")["id"]
        self.admin("POST", f"/users/{user}/role-mappings/clients/{realm['id']}", [role])
        return secret

    def tell_full_paths(self, *, full: bool) -> None:
        """Let the mapper tell groups as paths, or as names."""
        (client,) = self.admin("GET", f"/clients?clientId={CLIENT}")
        (mapper,) = (each for each in client["protocolMappers"] if each["name"] == "groups")
        mapper["config"]["full.path"] = str(full).lower()
        self.admin("PUT", f"/clients/{client['id']}/protocol-mappers/models/{mapper['id']}", mapper)

    def rotate_keys(self) -> None:
        """Add a signing key that takes precedence; the old one stays listed."""
        realm = self.admin("GET", "")["id"]
        config = {"priority": ["200"], "enabled": ["true"], "active": ["true"]}
        component = {"name": f"rsa-{secrets.token_hex(4)}", "providerId": "rsa-generated"}
        component |= {"providerType": "org.keycloak.keys.KeyProvider", "parentId": realm}
        self.admin("POST", "/components", component | {"config": config})

    def _ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        try:
            with _NO_PROXY.open(request, timeout=30) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {url}: {error.code} {error.read()!r}") from error
        return json.loads(text) if text else None


@contextmanager
def running_keycloak(folder: Path, site: str) -> Iterator[Keycloak]:
    """Run a Keycloak with the realm file of the chart, for a service at ``site``."""
    keycloak = Keycloak(unused_port(), secrets.token_urlsafe(24), site, secrets.token_urlsafe(12))
    home = folder / "keycloak"
    # Links instead of copies: the program is large and nothing writes to it.
    subprocess.run(["cp", "-al", str(unpacked()), str(home)], check=True)
    (home / "data/import").mkdir(parents=True)
    shutil.copy(REALM_FILE, home / "data/import")
    # It calls the service back, and would ask a proxy to.
    direct = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment = direct | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": "root",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": keycloak.password,
        "SPT_OIDC_CLIENT_SECRET": keycloak.secret,
        "SPT_PUBLIC_URL": site,
        "JAVA_OPTS_APPEND": "-Xmx512m -XX:TieredStopAtLevel=1",
    }
    command = (
        *(str(home / "bin/kc.sh"), "start", "--optimized", "--import-realm", "--cache=local"),
        *("--http-enabled=true", "--http-host", "127.0.0.1", "--http-port", str(keycloak.port)),
        *("--hostname", keycloak.url),
    )
    with (folder / "keycloak.log").open("wb") as log:
        running = spawn(ManagedProcess("keycloak", command, environment), output=log)
    try:
        path = f"/realms/{REALM}/.well-known/openid-configuration"
        wait_until("Keycloak answers", lambda: http_ready("127.0.0.1", keycloak.port, path), 600)
        yield keycloak
    finally:
        # The shell has a java child: end the whole group.
        os.killpg(running.pid, 9)
        running.wait()


def unpacked() -> Path:
    """The unpacked program, built for its database."""
    cache = cache_folder()
    ready = cache / f"keycloak-{VERSION}-alone"
    if ready.exists():
        return ready
    zipped = fetched(_ARTIFACT)
    unfinished = cache / f"unfinished-{os.getpid()}"
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(unfinished)
    home = unfinished / f"keycloak-{VERSION}"
    for script in (home / "bin").glob("*.sh"):
        script.chmod(0o755)
    # What every start in development mode would do: half a minute.
    done = subprocess.run(
        [str(home / "bin/kc.sh"), "build", "--db=dev-file"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-2000:]
    home.rename(ready)
    shutil.rmtree(unfinished, ignore_errors=True)
    return ready
