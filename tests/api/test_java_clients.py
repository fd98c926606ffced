"""TOPCAT, STILTS and Aladin: Java's headers, Basic authentication, slashes too many."""

import base64
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptapi.auth.access_tokens import InvalidTokenError
from sptapi.auth.basic_credentials import bearer_header
from sptapi.http.unrouted import plain_path
from sptapi.routes import ROUTES
from sptjobs.settings import Rate
from tests.api.conftest import GOOD, JOBS, Api, Serve
from tests.support.browsing import PAGE
from tests.support.provider import Provider, running
from tests.support.sign_in import settings_for

pytestmark = pytest.mark.any_database

JAVA = {"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}
MISSING = JOBS + "/" + "0" * 32
PROTECTED = sorted(
    {each.path for each in ROUTES if each.scope is not None and each.method == "GET"}
)
Cut = Callable[..., Awaitable[dict[str, bytes]]]


def basic(password: str, user: str = "x") -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def address(path: str) -> str:
    return path.replace("{job_id}", "0" * 32).replace("{path:.*}", "a.fits").replace("{", "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_no_request_of_java_is_redirected_to_a_page_or_gets_one(
    serve: Serve, method: str
) -> None:
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        for path in (*PROTECTED, "/nothing"):
            response = await api.call(method, address(path), user=None, headers=JAVA)
            assert response.status in {401, 404, 405}, (path, response.status)
            assert "html" not in response.headers["Content-Type"], path


async def test_a_browser_s_page_is_led_to_the_sign_in_and_its_head_is_not(serve: Serve) -> None:
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        for path in map(address, PROTECTED):
            response = await api.call("HEAD", path, user=None, headers=PAGE)
            assert response.status in {401, 404, 405}, (path, response.status)
        assert (await api.get(JOBS, user=None, headers=PAGE)).status == 303


async def test_java_gets_documents_and_errors_in_the_form_of_other_programs(
    api: Api, cut: Cut
) -> None:
    job = await api.new_job(PHASE="RUN")
    await cut(job)
    out = f"/files/jobs/{job.rpartition('/')[2]}/out/"
    for path in (JOBS, job, f"{job}/results", out, MISSING, f"{job}?WAIT=x", "/nothing"):
        as_java, as_any = await api.get(path, headers=JAVA), await api.get(path)
        assert as_java.status == as_any.status, path
        assert as_java.content_type == as_any.content_type, path


async def test_a_browser_sees_no_challenge_that_would_open_its_password_box(api: Api) -> None:
    for headers in (
        {"Sec-Fetch-Mode": "cors", "Accept": "application/json"},
        {"sec-fetch-site": "none"},
        PAGE,
        {"Accept": PAGE["Accept"]},
    ):
        response = await api.get(JOBS, user=None, headers=headers)
        assert response.status == 401
        assert response.headers.getall("WWW-Authenticate") == ['Bearer realm="spt3g"'], headers


async def test_a_program_is_offered_both_schemes_and_a_person_is_shown_what_to_type(
    api: Api,
) -> None:
    response = await api.get(JOBS, user=None, headers=JAVA)
    bearer, second = response.headers.getall("WWW-Authenticate")
    assert bearer == 'Bearer realm="spt3g"'
    assert second == (
        'Basic realm="any user name, and for the password an access token of '
        f'{api.base}/account", charset="UTF-8"'
    )


async def test_a_page_for_sessions_offers_no_scheme_that_would_not_open_it(api: Api) -> None:
    response = await api.get("/api/v1/account/sessions", user=None, headers=JAVA)
    assert response.headers.getall("WWW-Authenticate") == ['Bearer realm="spt3g"']
    refused = await api.get("/api/v1/account/sessions", headers=basic(await api.token("ada")))
    assert refused.status == 403


async def test_a_token_as_the_password_opens_what_a_bearer_of_it_may(api: Api, cut: Cut) -> None:
    mine = JAVA | basic(await api.token("ada"), user="anybody \N{SNOWMAN}")
    created = await api.post(JOBS, GOOD | {"PHASE": "RUN"}, headers=mine)
    assert created.status == 303
    job = created.headers["Location"].removeprefix(api.base)
    files = await cut(job)
    out = f"/files/jobs/{job.rpartition('/')[2]}/out/"
    for path in (JOBS, job, f"{job}/results", out, out + next(iter(files))):
        response = await api.get(path, headers=mine)
        assert response.status == 200, path
        assert response.headers["X-VO-Authenticated"] == "ada"
    assert (await api.get("/api/v1/account", headers=mine)).status == 200
    foreign = JAVA | basic(await api.token("eve"))
    assert (await api.get(job, headers=foreign)).status == 404


@pytest.mark.parametrize(
    "text",
    ["Basic", "Basic ", "Basic !!!", "Basic eA==", "basic " + "A" * 5000, "Basic //79"],
)
async def test_what_holds_no_token_is_refused_as_a_bad_bearer_is(api: Api, text: str) -> None:
    response = await api.get(JOBS, headers={"Authorization": text})
    assert response.status == 401
    assert "invalid_token" in response.headers.getall("WWW-Authenticate")[0]


async def test_a_wrong_password_counts_under_the_limit_of_bad_tokens(serve: Serve) -> None:
    api = await serve(rates=(("bearer", Rate(3, 60)),))
    counts = api.engine.wakeups.broker.client
    counts.flushall()
    seen = [(await api.get(JOBS, headers=basic("guess"))).status for _ in range(5)]
    counts.flushall()  # others count from the same address, in the same broker
    assert seen == [401, 401, 401, 429, 429]


@pytest.mark.parametrize(
    ("changes", "headers", "reason"),
    [
        ({"basic_auth": False}, {}, "switched off"),
        ({"public_url": "http://spt.example.org"}, {}, "over HTTPS only"),
        ({}, {"Sec-Fetch-Site": "cross-site"}, "not for browsers"),
    ],
)
async def test_basic_is_refused_with_its_reason_and_not_offered(
    serve: Serve, changes: dict[str, object], headers: dict[str, str], reason: str
) -> None:
    api = await serve(**changes)
    url = f"http://127.0.0.1:{api.settings.port}{JOBS}"
    sent = headers | basic(await api.token("ada"))
    response = await api.http.get(url, headers=sent)
    assert response.status == 401
    assert reason in await response.text()
    assert len(response.headers.getall("WWW-Authenticate")) == 1


async def test_behind_a_proxy_with_tls_basic_is_taken(serve: Serve) -> None:
    api = await serve(public_url="https://spt.example.org")
    url = f"http://127.0.0.1:{api.settings.port}{JOBS}"
    response = await api.http.get(url, headers=basic(await api.token("ada")))
    assert response.status == 200


@given(
    st.text().filter(lambda user: ":" not in user),
    st.from_regex(r"[A-Za-z0-9._-]+", fullmatch=True),
)
def test_any_user_s_name_leaves_the_password_as_it_is(user: str, token: str) -> None:
    pair = f"{user}:{token}".encode("utf-8", "surrogatepass")
    header = "bAsIc  " + base64.b64encode(pair).decode()
    try:
        assert bearer_header(header) == f"Bearer {token}"
    except InvalidTokenError:
        with pytest.raises(UnicodeEncodeError):
            user.encode()


async def test_trailing_and_doubled_slashes_are_served_in_place(api: Api) -> None:
    job = await api.new_job()
    for path in (JOBS, job, f"{job}/phase", f"{job}/parameters", "/api/v1/maps", "/live", "/docs"):
        plain = await api.get(path)
        for spelt in (path + "/", path.replace("/", "//"), path + "//"):
            response = await api.get(spelt)
            assert response.status == plain.status == 200, spelt
            assert response.content_type == plain.content_type


async def test_a_job_is_created_and_run_at_addresses_with_slashes_too_many(api: Api) -> None:
    created = await api.post(JOBS + "/", GOOD)
    assert created.status == 303
    job = created.headers["Location"].removeprefix(api.base)
    assert (await api.post(f"{job}/phase/", {"PHASE": "RUN"})).status == 303
    assert await (await api.get(f"{job}//phase")).text() == "QUEUED"
    assert (await api.call("DELETE", job + "/")).status == 303
    assert (await api.get(job + "/")).status == 404


async def test_a_wrong_method_or_an_unknown_address_is_reported_with_slashes_too(api: Api) -> None:
    refused = await api.call("DELETE", "//live/")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD")
    assert (await api.get("/nothing//")).status == 404


@given(st.lists(st.sampled_from(["/", "//", "a", "%2F", ".", "é"])))
def test_a_plain_path_stays_as_it_is(parts: list[str]) -> None:
    path = plain_path("/" + "".join(parts))
    assert plain_path(path) == path
    assert path.startswith("/")
    assert "//" not in path
