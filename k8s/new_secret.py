"""Print the Secret of a new release, with keys made here: for ``kubectl apply -f -``.

It holds what the chart's pods read. Run it once for each release; a second run would make other
keys, and end every session and token of the first.
"""

import argparse
import base64
import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> int:
    """Print the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("release", help="name of the release, and of its namespace")
    parser.add_argument(
        "--own-data", action="store_true", help="the release has its own PostgreSQL and Redis"
    )
    parser.add_argument("--database-url", help="postgresql+asyncpg://… of the site's PostgreSQL")
    parser.add_argument("--broker-url", help="redis://… of the site's Redis")
    parser.add_argument(
        "--client-secret-file", type=Path, help="file with the client's secret at the provider"
    )
    chosen = parser.parse_args()
    if not chosen.own_data and not (chosen.database_url and chosen.broker_url):
        parser.error("give --own-data, or both --database-url and --broker-url")
    client_secret = (
        chosen.client_secret_file.read_text("utf-8").strip() if chosen.client_secret_file else ""
    )
    values = _keys() | {"SPT_OIDC_CLIENT_SECRET": client_secret}
    values |= _own_data(chosen.release) if chosen.own_data else {}
    values |= {"SPT_DATABASE_URL": chosen.database_url} if chosen.database_url else {}
    values |= {"SPT_BROKER_URL": chosen.broker_url} if chosen.broker_url else {}
    print(json.dumps(_manifest(chosen.release, values), indent=2))
    return 0


def _keys() -> dict[str, str]:
    made = datetime.now(UTC).strftime("%Y%m%d")
    return {
        "SPT_TOKEN_KEY": f"k{made}:{secrets.token_urlsafe(48)}",
        "SPT_SESSION_KEY": secrets.token_urlsafe(48),
    }


def _own_data(release: str) -> dict[str, str]:
    database, broker = secrets.token_hex(24), secrets.token_hex(24)
    return {
        "POSTGRESQL_PASSWORD": database,
        "REDIS_PASSWORD": broker,
        "SPT_DATABASE_URL": f"postgresql+asyncpg://spt:{database}@{release}-postgresql:5432/spt",
        "SPT_BROKER_URL": f"redis://:{broker}@{release}-redis:6379/0",
    }


def _manifest(release: str, values: dict[str, str]) -> dict[str, object]:
    data = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    about = {"name": f"{release}-secrets", "namespace": release}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": about, "type": "Opaque", "data": data}


if __name__ == "__main__":
    sys.exit(main())
