"""A deployment that cannot sign users in safely does not start, and says why."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sptapi.app import make_app
from sptjobs.settings import Settings, SettingsError, SignInSettings, read_settings
from tests.api.conftest import KEY, Serve
from tests.support.browsing import PAGE

SITE: dict[str, Any] = {
    "issuer": "https://idp.example/realms/spt3g",
    "client_id": "spt3g-data-service",
    "client_secret": "c" * 40,
    "session_key": "s" * 40,
}


def deployment(**changes: Any) -> Settings:
    sign_in = {name: changes.pop(name) for name in list(changes) if hasattr(SignInSettings, name)}
    settings = Settings(
        database_url="sqlite+aiosqlite:///x",
        broker_url="redis://x",
        archive=Path("a"),
        results=Path("r"),
        host="0.0.0.0",
        public_url="https://spt3g.example",
        token_key=KEY,
        sign_in=SignInSettings(**SITE | sign_in),
    )
    return replace(settings, **changes)


def test_a_whole_and_safe_configuration_starts_and_so_does_one_without_sign_in() -> None:
    make_app(deployment())
    make_app(replace(deployment(), sign_in=SignInSettings(), public_url="http://10.0.0.1:8080"))
    make_app(replace(deployment(), sign_in=SignInSettings(session_key="s" * 40)))


@pytest.mark.parametrize("name", SITE)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        make_app(deployment(**{name: ""}))
    setting = "SPT_SESSION_KEY" if name == "session_key" else f"SPT_OIDC_{name.upper()}"
    assert str(caught.value) == f"{setting}: is not set, and signing in needs it"


LOCAL = {"host": "127.0.0.1", "public_url": "http://localhost:1", "issuer": "http://[::1]:2"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"session_key": "s" * 31}, "SPT_SESSION_KEY: every key must be at least 32 bytes"),
        ({"session_key": f"{'s' * 40} short"}, "SPT_SESSION_KEY: every key must be"),
        ({"session_key": KEY}, "SPT_SESSION_KEY: must be a secret of its own"),
        ({"session_key": "c" * 40}, "SPT_SESSION_KEY: must be a secret of its own"),
        ({"public_url": "http://spt3g.example"}, "SPT_PUBLIC_URL: must begin with https://"),
        ({"issuer": "http://idp.example"}, "SPT_OIDC_ISSUER: must begin with https://"),
        ({"scopes": ("profile",)}, "SPT_OIDC_SCOPES: must hold openid"),
        ({"insecure_http": True}, "SPT_HOST: must be a loopback address"),
        (LOCAL | {"insecure_http": True, "host": "0.0.0.0"}, "SPT_HOST: must be a loopback"),
        (LOCAL | {"insecure_http": True, "host": "::"}, "SPT_HOST: must be a loopback"),
        (LOCAL | {"insecure_http": True, "public_url": "http://10.0.0.1"}, "SPT_PUBLIC_URL: must"),
        (LOCAL | {"insecure_http": True, "issuer": "http://idp.example"}, "SPT_OIDC_ISSUER: must"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        make_app(deployment(**changes))


def test_plain_http_is_for_this_machine_and_has_to_be_asked_for() -> None:
    make_app(deployment(**LOCAL, insecure_http=True))
    with pytest.raises(SettingsError, match="or set SPT_INSECURE_HTTP=true on one machine"):
        make_app(deployment(**LOCAL))


def test_settings_of_the_sign_in_are_read_secrets_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    read = read_settings(
        {
            "SPT_DATABASE_URL": "sqlite+aiosqlite:///x",
            "SPT_BROKER_URL": "redis://x",
            "SPT_ARCHIVE": "a",
            "SPT_RESULTS": "r",
            "SPT_OIDC_ISSUER": "https://idp.example/",
            "SPT_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
            "SPT_OIDC_SCOPES": "openid groups",
            "SPT_INSECURE_HTTP": "true",
        }
    ).sign_in
    assert read.issuer == "https://idp.example/"  # letter by letter
    assert read.client_secret == "from a file"
    assert read.scopes == ("openid", "groups")
    assert read.insecure_http


async def test_without_an_issuer_signing_in_is_off_and_the_pages_say_so(serve: Serve) -> None:
    api = await serve()
    home = await (await api.get("/", user=None)).text()
    assert "Signing in is switched off here" in home
    for path in ("/account/login", "/account/callback", "/account/logout"):
        response = await api.get(path, user=None, headers=PAGE)
        assert response.status == 404
        assert "igning in is switched off here" in await response.text()
    assert (await api.get("/account", user=None, headers=PAGE)).status == 401
    assert (await api.get("/api/v1/account")).status == 200
