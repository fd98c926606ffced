"""Whatever body is sent: no 5xx, and what a check finds right is taken, and nothing else."""

import json
import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from sptapi.keys import READERS
from sptjobs.settings import Limits
from tests.api.conftest import JOBS, JSON, Api, Serve
from tests.fuzz.bodies import TABLES, VALUES, Body, nearly_valid, wild
from tests.support.scale import scaled

VALIDATE, TABLE = "/api/v1/cutout/validate", "/api/v1/cutout/table"
SEED = os.environ.get("SPT_TEST_SEED", "15")
COUNT = scaled(100)
"""At scale 50, as ``make soak`` has it, 5,000 of each kind."""

SLICES = range(0, COUNT, 500)
"""Each is a test of its own, so that none takes many minutes."""


async def send(api: Api, path: str, body: Body) -> tuple[int, str, str]:
    """Send a body; give status, text and location. The service may be slow, but not broken."""
    response = await api.post(
        path + (f"?{body.query}" if body.query else ""),
        body.content,
        headers=JSON | ({"Content-Type": body.content_type} if body.content_type else {}),
    )
    text = await response.text()
    assert response.status < 500, (response.status, path, body, text)
    return response.status, text, response.headers.get("Location", "").removeprefix(api.base)


async def check(api: Api, pending: str, body: Body) -> bool:
    """Send a body to every address that reads such ones; give whether a job was made."""
    status, report, _ = await send(api, VALIDATE, body)
    made, text, job = await send(api, JOBS, body)
    fine = status == 200 and json.loads(report)["ok"]
    # Without targets a job may be made, but not run.
    lacks = not fine and made == 303
    if lacks:
        refused = await api.post(f"{job}/phase", {"PHASE": "RUN"})
        assert refused.status == 400, (body, report[:1000], await refused.text())
    assert not fine or made == 303, (body, report[:1000], made, text)
    assert status in {200, made}, (body, status, made)
    await send(api, f"{pending}/parameters", body)
    await send(api, TABLE, body)
    return fine


def test_every_parameter_and_nearly_every_kind_of_table_is_among_the_bodies() -> None:
    bodies = [nearly_valid(random.Random(f"{SEED} {number}")).content for number in range(5000)]
    names = b"\n".join(bodies).lower()
    assert [name for name in VALUES if name.lower().encode() not in names] == []
    tried = [any(table in body for body in bodies) for table in TABLES]
    assert sum(tried) > 0.9 * len(TABLES)


@pytest.mark.parametrize("first", SLICES)
@pytest.mark.parametrize(
    ("make", "taken_at_least"), [(wild, 0.0), (nearly_valid, 0.1)], ids=["wild", "nearly-valid"]
)
async def test_no_body_gives_5xx_and_a_check_and_a_job_agree(
    serve: Serve, make: Callable[[random.Random], Body], taken_at_least: float, first: int
) -> None:
    limits = Limits(active_jobs=10**6, pending_jobs=10**6)
    api = await serve(limits=limits, max_ready_parts=10**6)
    # A busy machine takes its time for loading astropy.
    api.app[READERS]._timeout_s = 240
    pending = await api.new_job()
    lists = await api.call("POST", JOBS, json={"circle": [[1, -57, 0.1]], "bands": ["90GHz"]})
    of_lists = lists.headers["Location"].removeprefix(api.base)
    counts: Counter[bool] = Counter()
    numbers = range(first, min(first + 500, COUNT))
    for number in numbers:
        body = make(random.Random(f"{SEED} {number}"))
        counts[await check(api, (pending, of_lists)[number % 2], body)] += 1
    assert counts[True] >= taken_at_least * len(numbers), counts
    assert counts[False] >= 0.2 * len(numbers), counts
