r"""Print the Keycloak client of a release: the one of the realm file, with addresses of its own.

Each release is a client with its own name, secret and callback address, so that what is issued to
one is worth nothing to another::

    python3 k8s/keycloak/client.py spt3g-data-service-dev1 https://spt3g-dev1.example.org \
      --secret-file client-secret | kcadm.sh create clients -r spt3g -f -
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

_REALM = Path(__file__).with_name("spt3g-realm.json")


def client_of(client_id: str, public_url: str, secret: str) -> dict[str, Any]:
    """Make the client out of the realm file's one."""
    (template,) = json.loads(_REALM.read_text("utf-8"))["clients"]
    text = json.dumps(template).replace("${SPT_PUBLIC_URL}", public_url.rstrip("/"))
    client: dict[str, Any] = json.loads(text)
    return client | {
        "clientId": client_id,
        "secret": secret,
        "name": f"{client['name']} {client_id}",
    }


def main() -> int:
    """Print it as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("client_id", help="SPT_OIDC_CLIENT_ID of the release")
    parser.add_argument("public_url", help="its config.publicUrl, with its config.basePath if any")
    parser.add_argument("--secret-file", type=Path, required=True, help="file with its secret")
    chosen = parser.parse_args()
    secret = chosen.secret_file.read_text("utf-8").strip()
    print(json.dumps(client_of(chosen.client_id, chosen.public_url, secret), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
