"""However dear the places of a search are, others find maps, and what is found is the same."""

import asyncio
import time
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from sptapi.keys import READERS
from sptjobs.obscore.sia_parameters import MAX_VALUES
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api
from tests.api.test_service import RECORD

SIA, MAPS = "/api/v1/sia", "/api/v1/maps"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STRIP = tuple((ra % 360, -60.0) for ra in range(-30, 31, 5)) + tuple(
    (ra % 360, -54.0) for ra in range(30, -31, -5)
)
"""A footprint whose circle reaches over regions that it does not meet."""

BESIDE = "RANGE 0 10 -52 -50"


def saw(teeth: int) -> str:
    """A polygon with many sides outside of the strip."""
    corners = [(4 if number % 2 else 3, -53 + number * 0.01) for number in range(teeth)]
    corners += [(3, -49), (0, -49), (0, -53.5), (3, -53.5)]
    return "POLYGON " + " ".join(f"{ra:g} {dec:g}" for ra, dec in corners)


DEAR = {"ranges": [BESIDE] * MAX_VALUES, "polygons": [saw(294)] * 20}


@pytest.fixture
async def large(api: Api) -> Api:
    maps = [
        replace(RECORD, map_id=f"m{n}", sha256=f"{n:064x}", footprint=(STRIP,)) for n in range(300)
    ]
    await ingest_maps(api.engine.database, maps)
    return api


@pytest.mark.parametrize(("address", "name"), [(SIA, "polygons"), (MAPS, "ranges")])
async def test_a_search_of_many_or_large_places_keeps_nobody_else_waiting(
    large: Api, address: str, name: str
) -> None:
    fields = urlencode([("POS", each) for each in DEAR[name]])
    await large.token("eve")
    assert (await large.get(f"{SIA}?{urlencode({'POS': saw(60)})}")).status == 200  # warms up
    large.app[READERS]._timeout_s = 2.0

    async def dear() -> int:
        if name == "polygons":
            return (await large.post(address, fields, headers=FORM)).status
        return (await large.get(f"{address}?{fields}")).status

    going = [asyncio.create_task(dear()) for _ in range(2)]
    await asyncio.sleep(0.5)
    taken = []
    for path in ("/live", f"{MAPS}?LIMIT=1", f"{SIA}?POS=CIRCLE+0+-57+0.1&MAXREC=1") * 2:
        began = time.monotonic()
        assert (await large.get(path, user="eve")).status == 200
        taken.append(time.monotonic() - began)
    assert max(taken) < 2
    # Whoever waited for too long is told so by a status, not by a broken connection.
    assert set(await asyncio.gather(*going)) == {503}


@pytest.mark.parametrize(
    "places", [["CIRCLE 0 -57 0.1"], [BESIDE], ["RANGE 20 40 -56 -50", BESIDE], [saw(40)]]
)
async def test_places_find_the_same_maps_here_and_in_a_reading_process(
    large: Api, places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = urlencode([("POS", each) for each in places])
    found = [await large.document(f"{MAPS}?{fields}")]
    monkeypatch.setattr("sptapi.services.map_search._AT_ONCE_COST", 0)
    monkeypatch.setattr("sptapi.parameters.searches._SMALL_PLACES", 0)
    found.append(await large.document(f"{MAPS}?{fields}"))
    assert found[0] == found[1]
    assert (found[0]["maps"] == []) == (places in ([BESIDE], [saw(40)]))
