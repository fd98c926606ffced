"""Scripts of other sites: with a token, of origins that are let in; cookies never."""

import pytest

from sptapi.routes import ROUTES
from sptjobs.settings import SettingsError, read_settings
from tests.api.conftest import GOOD, JOBS, Api, Serve
from tests.architecture.test_configuration import REQUIRED
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

pytestmark = pytest.mark.any_database

NOTEBOOK = "https://notebooks.example.org"
MINE = {"Origin": NOTEBOOK, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
async def open_api(serve: Serve) -> Api:
    return await serve(cors_origins=(NOTEBOOK, "http://localhost:8888"))


async def test_a_script_of_an_origin_that_is_let_in_makes_and_reads_a_job(open_api: Api) -> None:
    asked = await open_api.call("OPTIONS", JOBS, user=None, headers=MINE | ASKS)
    assert asked.status == 204
    assert asked.headers[ALLOW] == NOTEBOOK
    assert set(asked.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "POST"}
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    made = await open_api.post(JOBS, GOOD, headers=MINE)
    assert made.status == 303
    job = made.headers["Location"].removeprefix(open_api.base)
    for response in (made, await open_api.get(job, headers=MINE)):
        assert response.headers[ALLOW] == NOTEBOOK
        assert "Location" in response.headers["Access-Control-Expose-Headers"]
        assert "Origin" in response.headers.getall("Vary")[-1]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_errors_can_be_read_too(open_api: Api) -> None:
    for path, user, status in ((JOBS, None, 401), (f"{JOBS}/{'0' * 32}", "ada", 404)):
        refused = await open_api.get(path, user=user, headers=MINE)
        assert refused.status == status
        assert refused.headers[ALLOW] == NOTEBOOK


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", NOTEBOOK + ".evil.org", NOTEBOOK + ":8443", ""]
)
async def test_any_other_origin_learns_nothing(open_api: Api, origin: str) -> None:
    headers = {"Origin": origin}
    assert (await open_api.call("OPTIONS", JOBS, headers=headers | ASKS)).status == 405
    for response in (
        await open_api.get(JOBS, headers=headers),
        await open_api.call("OPTIONS", JOBS, headers=headers | ASKS),
    ):
        assert ALLOW not in response.headers
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Origin" in response.headers.getall("Vary")


async def test_without_the_setting_nobody_is_let_in(api: Api) -> None:
    response = await api.get(JOBS, headers=MINE)
    assert ALLOW not in response.headers
    assert (await api.call("OPTIONS", JOBS, headers=MINE | ASKS)).status == 405


async def test_public_documents_may_be_read_by_every_script(api: Api) -> None:
    shared = {route.path for route in ROUTES if route.shared}
    assert {"/openapi.json", "/api/v1/capabilities", "/api/v1/status"} <= shared
    assert all(route.scope is None for route in ROUTES if route.shared)
    for path in shared:
        response = await api.get(path, user=None, headers={"Origin": "https://anybody.example"})
        assert response.status == 200, path
        assert response.headers[ALLOW] == "*"


async def test_a_cookie_that_comes_along_from_another_site_counts_for_nothing(
    serve: Serve,
) -> None:
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer), cors_origins=(NOTEBOOK,))
        async with new_browser() as browser:
            desk = Desk(api, provider, browser)
            await desk.sign_in()
            own = await desk.browser.fetch("GET", desk.url(JOBS))
            assert own.status == 200
            foreign = await desk.browser.fetch("GET", desk.url(JOBS), headers=MINE)
            assert foreign.status == 401


@pytest.mark.parametrize(
    "text",
    ["*", "null", "https://a.org/", "https://a.org/path", "ftp://a.org", "a.org", "https://A b"],
)
def test_what_is_no_origin_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="SPT_CORS_ORIGINS"):
        read_settings(REQUIRED | {"SPT_TOKEN_KEY": "k" * 40, "SPT_CORS_ORIGINS": text})


def test_origins_are_read_from_a_list() -> None:
    origins = "https://a.example.org, http://localhost:8888,http://[::1]:80"
    found = read_settings(REQUIRED | {"SPT_TOKEN_KEY": "k" * 40, "SPT_CORS_ORIGINS": origins})
    assert found.cors_origins == (
        "https://a.example.org", "http://localhost:8888", "http://[::1]:80",
    )  # fmt: skip
