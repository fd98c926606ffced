"""One Keycloak for all of these tests, and the application that signs in by it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from tests.api.conftest import Api, Serve, broker_url, serve
from tests.support.keycloak import CLIENT, GROUPS_CLIENT, Keycloak, running_keycloak
from tests.support.maven import cache_folder
from tests.support.sign_in import settings_for

__all__ = ["broker_url", "keycloak", "serve"]


@pytest.fixture(scope="session")
def keycloak() -> Iterator[Keycloak]:
    site = f"http://localhost:{unused_port()}"
    with (
        # In the cache folder, because links do not reach over file systems.
        tempfile.TemporaryDirectory(dir=cache_folder(), prefix="run-") as folder,
        running_keycloak(Path(folder), site) as running,
    ):
        running.add_user("member", "/spt3g/users")
        running.add_user("boss", "/spt3g/admins")
        running.add_user("outsider")
        yield running


@pytest.fixture(scope="session")
def groups_secret(keycloak: Keycloak) -> str:
    """Secret of the client that may put users into groups."""
    return keycloak.add_groups_client()


@pytest.fixture
async def api(serve: Serve, keycloak: Keycloak, groups_secret: str) -> Api:
    port = int(keycloak.site.rpartition(":")[2])
    sign_in = settings_for(
        keycloak.issuer,
        keycloak.secret,
        client_id=CLIENT,
        groups_refresh_s=0.0,
        groups_client_id=GROUPS_CLIENT,
        groups_client_secret=groups_secret,
    )
    return await serve(
        port=port,
        public_url=keycloak.site,
        sign_in=sign_in,
        allowed_groups=("/spt3g/users",),
        admin_groups=("/spt3g/admins",),
    )
