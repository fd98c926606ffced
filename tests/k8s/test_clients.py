"""Each release is a client of its own at the identity provider."""

import json
import subprocess
import sys
from pathlib import Path

from tests.k8s.rendering import RELEASES, ROOT, find, objects


def made(client_id: str, url: str, folder: Path) -> dict[str, object]:
    """Run the operator's command."""
    secret = folder / "client-secret"
    secret.write_text(f"secret of {client_id}\n")
    command = [sys.executable, str(ROOT / "k8s/keycloak/client.py"), client_id, url]
    return dict(json.loads(subprocess.check_output([*command, "--secret-file", str(secret)])))


def test_the_clients_of_the_three_releases_share_nothing(tmp_path: Path) -> None:
    seen: set[str] = set()
    for release in RELEASES:
        settings = find(objects("helm 4", release), "ConfigMap", release)["data"]
        url = settings["SPT_PUBLIC_URL"]
        client = made(settings["SPT_OIDC_CLIENT_ID"], url, tmp_path)
        assert client["redirectUris"] == [f"{url}/account/callback"]
        assert url in str(client["attributes"])
        assert "${" not in json.dumps(client)
        own = {str(client["clientId"]), str(client["secret"]), url}
        assert not own & seen
        seen |= own


def test_a_release_below_a_base_path_has_it_in_its_callback_address(tmp_path: Path) -> None:
    client = made("below", "https://example.org/spt3g/", tmp_path)
    assert client["redirectUris"] == ["https://example.org/spt3g/account/callback"]
