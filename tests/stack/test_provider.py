"""The identity provider that a stack on one machine starts for itself."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pytest

from sptjobs.settings import read_settings
from sptjobs.stack.managed_process import spawn
from sptjobs.stack.provider import CLIENT_ID
from sptjobs.stack.stack_plan import StackPlan, make_plan
from tests.support.processes import wait_until


def test_a_stack_on_one_machine_has_a_provider_with_three_users(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"})
    settings = read_settings(plan.environment).sign_in
    (process,) = plan.identity_provider()
    assert plan.provider is not None
    assert settings.issuer == plan.provider.issuer
    assert settings.insecure_http
    assert len({settings.session_key, settings.client_secret}) == 2
    users = json.loads((plan.provider.folder / "users.yaml").read_text("utf-8"))["users"]
    assert {name: user["groups"] for name, user in users.items()} == {
        "demo": ["spt3g-users"],
        "admin": ["spt3g-users", "spt3g-admins"],
        "outsider": ["visitors"],
    }
    (client,) = json.loads((plan.provider.folder / "settings.yaml").read_text("utf-8"))["oauth"][
        "clients"
    ]
    assert client["redirect_uris"] == [f"{plan.url}/account/callback"]
    assert plan.provider.host == "127.0.0.1"
    secrets = [*plan.provider.passwords.values(), settings.client_secret]
    assert not set(secrets) & set(process.command)
    for file in plan.provider.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_its_name_and_passwords_stay_so_that_its_users_stay_the_same(tmp_path: Path) -> None:
    first, second = (
        make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"}).provider for _ in range(2)
    )
    assert first == second


def test_an_operator_s_provider_is_used_and_none_is_started(tmp_path: Path) -> None:
    theirs = {"SPT_PORT": "0", "SPT_OIDC_ISSUER": "http://localhost:8180/realms/spt3g"}
    plan = make_plan(tmp_path / "var", tmp_path, theirs)
    assert plan.identity_provider() == ()
    assert read_settings(plan.environment).sign_in.issuer == theirs["SPT_OIDC_ISSUER"]


def test_a_stack_that_others_can_reach_has_no_provider_with_made_up_users(tmp_path: Path) -> None:
    for theirs in ({"SPT_HOST": "0.0.0.0"}, {"SPT_PUBLIC_URL": "https://spt3g.example"}):
        plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"} | theirs)
        assert plan.identity_provider() == ()
        assert not read_settings(plan.environment).sign_in.issuer


_IN_STYLES_AND_SCRIPTS = re.compile(r"(?:url\(|@?import|fetch\()\s*[\"']?([^\"')\s]*)")
_ELSEWHERE = re.compile("(?:[a-z]+:)?//", re.IGNORECASE)


class Loaded(HTMLParser):
    """Everything that a page has a browser load, or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = ("src", "href", "action", "srcset", "poster", "data", "content")
        self.addresses += [value or "" for name, value in attrs if name in named]

    def handle_data(self, data: str) -> None:
        self.addresses += _IN_STYLES_AND_SCRIPTS.findall(data)


def strangers(page: str) -> list[str]:
    """Addresses of other hosts in a page."""
    reader = Loaded()
    reader.feed(page)
    return [each for each in reader.addresses if _ELSEWHERE.match(each.strip())]


@pytest.mark.parametrize(
    "page",
    [
        '<link href="https://cdn.example/a.css">',
        "<script src=//cdn.example/a.js></script>",
        "<style>@import 'https://cdn.example/a.css';</style>",
        "<style>b { background: url(HTTPS://cdn.example/a.png) }</style>",
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(page: str) -> None:
    assert len(strangers(page)) == 1


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackPlan]:
    """A stack's provider alone, running."""
    folder = tmp_path_factory.mktemp("provider")
    plan = make_plan(folder / "var", folder, {"SPT_PORT": "0"})
    (process,) = plan.identity_provider()
    with (folder / "log").open("wb") as log, spawn(process, log) as running:
        assert process.ready is not None
        wait_until("the provider responds", process.ready, 30)
        yield plan
        running.kill()


@pytest.mark.parametrize("fields", [None, {"username": "demo", "password": "wrong"}])
def test_its_sign_in_page_needs_nothing_from_the_internet(
    provided: StackPlan, fields: dict[str, str] | None
) -> None:
    assert provided.provider is not None
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{provided.url}/account/callback",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    address = f"{provided.provider.issuer}/authorize?{urlencode(asked)}"
    body = None if fields is None else urlencode(fields).encode()
    with build_opener(ProxyHandler({})).open(address, body, timeout=20) as response:
        page = response.read().decode()
    assert '<form method="post">' in page
    assert "SPT-3G data service" in page
    assert "<style>" in page
    assert strangers(page) == []
