"""What the API server counts, and who may see it."""

import pytest

from sptjobs.settings import Limits, Rate
from tests.api.conftest import GOOD, JOBS, Api, Serve
from tests.support.scraping import Samples, parsed, value


async def samples(api: Api) -> Samples:
    response = await api.get("/metrics", user=None)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(await response.text())


def grown(before: Samples, after: Samples, name: str, **labels: str) -> float:
    key = (name, frozenset(labels.items()))
    return after.get(key, 0) - before.get(key, 0)


async def test_requests_are_counted_by_the_pattern_of_their_address(api: Api) -> None:
    before = await samples(api)
    path = await api.new_job()
    await api.get(f"{path}/phase")
    await api.get(f"{JOBS}/{'0' * 32}/phase")
    after = await samples(api)
    route = f"{JOBS}/{{job_id}}/phase"
    total = "sptapi_requests_total"
    assert grown(before, after, total, method="GET", route=route, status="200") == 1
    assert grown(before, after, total, method="GET", route=route, status="404") == 1
    assert grown(before, after, total, method="POST", route=JOBS, status="303") == 1
    seconds = "sptapi_request_duration_seconds"
    assert grown(before, after, f"{seconds}_count", method="GET", route=route) == 2
    assert grown(before, after, f"{seconds}_sum", method="GET", route=route) < 60


async def test_what_clients_choose_freely_makes_no_series_of_its_own(api: Api) -> None:
    before = await samples(api)
    for method, path in (("PROPFIND", "/live"), ("REPORT", "/coffee"), ("GET", "/nobody/knows")):
        await api.call(method, path, user=None)
    after = await samples(api)
    values = {text for _, labels in after for _, text in labels}
    assert not {"PROPFIND", "REPORT", "/coffee", "/nobody/knows"} & values
    total = "sptapi_requests_total"
    assert grown(before, after, total, method="other", route="none", status="405") == 1
    assert grown(before, after, total, method="other", route="none", status="404") == 1
    assert grown(before, after, total, method="GET", route="none", status="404") == 1


async def test_tokens_are_counted_by_whether_they_held(api: Api) -> None:
    before = await samples(api)
    await api.get(JOBS)
    await api.get(JOBS, headers={"Authorization": "Bearer a.b.c"})
    await api.get(JOBS, user=None)
    after = await samples(api)
    assert grown(before, after, "sptapi_token_checks_total", outcome="accepted") == 1
    assert grown(before, after, "sptapi_token_checks_total", outcome="refused") == 1


async def test_a_refusal_is_counted_under_the_limit_that_made_it(serve: Serve) -> None:
    api = await serve(rates=(("login", Rate(1, 60)), ("bearer", Rate(1, 60))))
    before = await samples(api)
    for _ in range(2):
        await api.get("/account/login", user=None)
        await api.get(JOBS, headers={"Authorization": "Bearer a.b.c"})
    after = await samples(api)
    assert grown(before, after, "sptapi_refused_requests_total", limit="login") == 1
    assert grown(before, after, "sptapi_refused_requests_total", limit="bearer") == 1


async def test_more_jobs_than_one_user_may_have_are_counted_as_such(serve: Serve) -> None:
    api = await serve(limits=Limits(pending_jobs=1))
    before = await samples(api)
    await api.new_job()
    assert (await api.post(JOBS, GOOD)).status == 403
    after = await samples(api)
    assert grown(before, after, "sptapi_refused_requests_total", limit="pending-jobs") == 1
    assert grown(before, after, "sptapi_refused_requests_total", limit="active-jobs") == 0


@pytest.mark.parametrize("public_url", ["https://spt3g.example.org", "http://10.0.0.7:8080"])
async def test_the_port_of_the_public_tells_no_metrics(serve: Serve, public_url: str) -> None:
    api = await serve(public_url=public_url)
    address = f"http://127.0.0.1:{api.settings.port}/metrics"
    assert (await api.get(address, user=None)).status == 404
    assert (await api.get(address, user="root")).status == 404


async def test_every_outcome_is_there_before_it_happens(api: Api) -> None:
    found = await samples(api)
    for outcome in ("completed", "not-a-member", "refused", "provider-failed"):
        assert value(found, "sptapi_sign_ins_total", outcome=outcome) >= 0
