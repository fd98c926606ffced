"""Whatever is asked in a query, or in a form in its place: no 5xx, nor what is not described."""

import os
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve
from tests.api.test_sia import MAPS
from tests.api.test_sky import TAG
from tests.fuzz.bodies import FORM
from tests.fuzz.queries import OPERATIONS, Query, nearly_valid, wild
from tests.support.scale import scaled
from tests.support.small_maps import make_map

SEED = os.environ.get("SPT_TEST_SEED", "15")
COUNT = scaled(200)
"""At scale 50, as ``make soak`` has it, 10,000 of each kind."""

SEARCHES = {"/api/v1/maps", "/api/v1/maps/moc", "/api/v1/sia", "/api/v1/links"}
MOCS = ("3/1 4/8-9", "4/9-11", "5/0 12/20000", "3/2")


@pytest.fixture
async def api(serve: Serve, tmp_path: Path) -> Api:
    (tmp_path / "archive").mkdir()
    return await serve(wait_cap_s=0.1, sky_cache=tmp_path / "sky")


@pytest.fixture
async def there(api: Api, cut: Callable[..., Awaitable[dict[str, bytes]]]) -> dict[str, str]:
    """What the places of addresses stand for: a finished job, a map, a file."""
    shown = make_map(api.settings.archive, "coadd", shape=(60, 80), record=TAG)
    maps = [replace(each, moc=moc) for each, moc in zip((*MAPS, shown), MOCS, strict=True)]
    await ingest_maps(api.engine.database, maps)
    job = await api.new_job(user="root", PHASE="RUN")
    await cut(job)
    at = {"jobId": job.rpartition("/")[2], "mapId": shown.map_id, "path": ""}
    at["catalogueName"] = "clusters"
    return at | {"resultId": "result", "name": "RA", "level": "0", "x": "0", "y": "0"}


async def send(api: Api, there: dict[str, str], query: Query) -> int:
    """Send a query as an administrator, to whom every address is open; give the status."""
    path = re.sub("{(.*?)}", lambda match: there[match[1]], query.operation.path)
    fields = urlencode(query.fields, errors="replace")
    if query.operation.method == "POST":
        response = await api.post(path, fields, user="root", headers={"Content-Type": FORM})
    else:
        response = await api.get(f"{path}?{fields}", user="root")
    text = await response.text(errors="replace")
    assert response.status < 500, (response.status, query, text)
    assert response.status in query.operation.responses, (response.status, query, text)
    described = query.operation.responses[response.status]
    assert not text or response.content_type in described, (response.content_type, query, text)
    return response.status


def test_the_searches_for_maps_are_among_what_is_tried() -> None:
    assert {each.path for each in OPERATIONS} > SEARCHES
    assert {each.path for each in OPERATIONS if each.method == "POST"} >= {"/api/v1/sia"}


@pytest.mark.parametrize(
    ("make", "taken_at_least"), [(wild, 0.0), (nearly_valid, 0.2)], ids=["wild", "nearly-valid"]
)
async def test_no_query_gives_5xx_or_a_response_that_is_not_described(
    api: Api, there: dict[str, str], make: Callable[[random.Random], Query], taken_at_least: float
) -> None:
    counts: Counter[bool] = Counter()
    for number in range(COUNT):
        status = await send(api, there, make(random.Random(f"{SEED} {number}")))
        counts[status < 400] += 1
    assert counts[True] >= taken_at_least * COUNT, counts
    assert counts[False] >= 0.2 * COUNT, counts
