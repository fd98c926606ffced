"""pyvo, unchanged, finds maps and their links."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvo
import requests
from astropy.time import Time

from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api
from tests.api.test_sia import ALL, MAPS
from tests.support.pasting import block, paste, run_python

GUIDE = Path(__file__).parents[2] / "docs/users/finding-maps.md"


@pytest.fixture
async def session(api: Api) -> requests.Session:
    await ingest_maps(api.engine.database, MAPS)
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {await api.token('ada')}"
    return session


async def apart(work: Callable[[], Any]) -> Any:
    """Do what waits for the service beside the service's own loop."""
    return await asyncio.to_thread(work)


async def test_pyvo_searches_by_place_wavelength_time_and_level(
    api: Api, session: requests.Session
) -> None:
    def search() -> list[list[str]]:
        service = pyvo.dal.SIA2Service(f"{api.base}/api/v1/sia", session=session)
        tuple(Time(day, format="mjd") for day in (58940.0, 58940.1))
        asked: tuple[dict[str, Any], ...] = (
            {"pos": (0.9, -56.8, 0.01)},
            {"pos": (359.5, 360, -44.9, -44.1)},
            {"band": (2e-3, 2.1e-3), "calib_level": 3},
            {
                "time": tuple(Time(day, format="mjd") for day in (58940.0, 58940.1)),
                "calib_level": 2,
                "pol_states": "I",
            },
            {"instrument": "SPT-3G", "maxrec": 2},
        )
        found = [service.search(**each) for each in asked]
        return [[record.obs_publisher_did.partition("?")[2] for record in each] for each in found]

    found = await apart(search)
    assert found == [[ALL[0], ALL[2]], [ALL[1]], [ALL[2]], [ALL[0]], ALL[:2]]


async def test_pyvo_reads_observations_and_follows_them_to_their_links(
    api: Api, session: requests.Session
) -> None:
    def follow() -> tuple[Any, list[str], list[str]]:
        service = pyvo.dal.SIA2Service(f"{api.base}/api/v1/sia", session=session)
        found = service.search(calib_level=3)
        (record,) = found
        links = record.getdatalink()
        several = [len(each) for each in service.search().iter_datalinks()]
        return record, [link.semantics for link in links], [str(n) for n in several]

    record, semantics, several = await apart(follow)
    assert (record.t_min.mjd, record.facility_name) == (58484.0, "SPT")
    assert record.em_min.unit == "m"
    assert record.em_min.value == pytest.approx(1.7131e-3, rel=1e-4)
    assert semantics == ["#cutout", "#cutout", "#preview", "#progenitor"]
    assert several == ["3", "3", "4"]


async def test_pyvo_shows_why_a_query_is_refused(api: Api, session: requests.Session) -> None:
    def refused() -> str:
        query = pyvo.dal.SIA2Query(f"{api.base}/api/v1/sia", session=session)
        query["BAND"] = "red"
        with pytest.raises(pyvo.dal.DALQueryError) as caught:
            query.execute()
        return str(caught.value)

    assert "BAND" in await apart(refused)


async def test_the_guide_s_searches_find_the_coadd_by_curl_and_pyvo(
    api: Api, session: requests.Session, tmp_path: Path
) -> None:
    token, where = str(session.headers["Authorization"]).split()[1], api.base
    said = f"SPT={where} TOKEN={token}\n" + block(GUIDE, "csv")
    header, row = (await apart(lambda: paste(said, tmp_path, timeout_s=60))).splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=False))["calib_level"] == "3"
    program = f"address, token = {where!r}, {token!r}\n" + block(GUIDE, "pyvo", "python")
    (found,) = (await apart(lambda: run_python(program, tmp_path))).splitlines()
    assert found.startswith(f"ivo://spt3g/maps?{ALL[2]} ")
