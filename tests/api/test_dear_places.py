"""However dear the places of a search are, others find maps, and what is found is the same."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from astropy.coordinates import SkyCoord
from mocpy import MOC

from sptapi.keys import READERS
from sptjobs.obscore.sia_parameters import MAX_VALUES
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api
from tests.api.test_service import RECORD
from tests.api.test_sia import COADD

pytestmark = pytest.mark.any_database

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
    assert await slowest(large, f"{MAPS}?LIMIT=1", f"{SIA}?POS=CIRCLE+0+-57+0.1&MAXREC=1") < 2
    # Whoever waited for too long is told so by a status, not by a broken connection.
    assert set(await asyncio.gather(*going)) == {503}


async def slowest(api: Api, *paths: str) -> float:
    """Ask for pages and for a sign of life as another user; give the longest time [s]."""
    taken = []
    for path in ("/live", *paths) * 2:
        began = time.monotonic()
        assert (await api.get(path, user="eve")).status == 200
        taken.append(time.monotonic() - began)
    return max(taken)


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


def field_of_survey(number: int) -> str:
    """The coverage of a field of 50 by 8 degrees, each a little apart from the one before."""
    shift = number * 0.01
    corners = [(-25, -60), (0, -60), (25, -60), (25, -52), (0, -52), (-25, -52)]
    sky = SkyCoord(
        [(ra + shift) % 360 for ra, _ in corners], [dec for _, dec in corners], unit="deg"
    )
    return str(MOC.from_polygon_skycoord(sky, max_depth=12).to_string("ascii"))


@pytest.fixture(scope="module")
def coverages() -> list[str]:
    return [field_of_survey(number) for number in range(40)]


AT_ONCE = 12
HOSTILE: dict[str, Callable[[int], dict[str, str]]] = {
    "tags that there are not": lambda number: {"TAG": f"t{number % 40},none{number}"},
    "all there is, in every form": lambda number: {
        "RESPONSEFORMAT": ("fits", "json", "ascii")[number % 3],
        "TAG": ",".join([*(f"t{n}" for n in range(40)), f"none{number}"]),
    },
    "an address at its longest": lambda number: {
        "TAG": ",".join([f"{number}", *(f"t{n}" for n in range(1400))])
    },
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_coverages_of_whatever_maps_keep_nobody_else_waiting(
    api: Api, coverages: list[str], name: str
) -> None:
    maps = [
        replace(COADD, map_id=f"m{n}", obsid=f"t{n}", tag=f"t{n}", sha256=f"{n:064x}", moc=moc)
        for n, moc in enumerate(coverages)
    ]
    await ingest_maps(api.engine.database, maps)
    address = f"{MAPS}/moc"
    # Warms up a process for each of the two.
    for user in ("ada", "eve"):
        assert (await api.get(f"{address}?TAG=t1", user=user)).status == 200

    statuses: set[int] = set()

    async def ask_without_pause(first: int) -> None:
        for number in itertools.count(first, AT_ONCE):
            asked = await api.get(f"{address}?{urlencode(HOSTILE[name](number))}")
            statuses.add(asked.status)

    going = [asyncio.create_task(ask_without_pause(number)) for number in range(AT_ONCE)]
    await asyncio.sleep(0.2)
    # A busy machine may spoil a round; the service would spoil all of them.
    paths = (f"{MAPS}?LIMIT=1", f"{address}?TAG=t2", f"{address}?TAG=t3")
    taken = [await slowest(api, *paths) for _ in range(3)]
    for task in going:
        task.cancel()
    ended = await asyncio.gather(*going, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}
    assert min(taken) < 2
    assert statuses <= {200, 429, 503}
