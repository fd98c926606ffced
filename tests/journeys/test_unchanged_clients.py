"""Clients of other observatories, as they are installed, do their whole work with the service."""

import io
from pathlib import Path
from typing import Any

import pytest
import requests
import vos
from astropy.io import fits
from astroquery.casda import Casda
from cadcutils.exceptions import NotFoundException, UnauthorizedException
from cadcutils.net import auth, ws
from vo_models.uws import models as uws
from vo_models.vosi.availability.models import Availability
from vo_models.vosi.capabilities.models import VOSICapabilities

from tests.support.service import Service

PLACE = "0.25 -57.8 0.05"
SODA_SYNC = "ivo://ivoa.net/std/SODA#sync-1.0"


@pytest.fixture
def cadc(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """cadcutils' client of a data service."""
    monkeypatch.setattr(ws, "CACHE_LOCATION", str(tmp_path / "cadc"))
    return cadc_client(service, service.stack.token)


def cadc_client(service: Service, token: str) -> Any:
    subject = auth.Subject(token=token)
    return ws.BaseDataClient(f"{service.stack.url}/api/v1", subject, "a test", retry=False)


def xml(service: Service, url: str) -> bytes:
    headers = {**service.session.headers, "Accept": "application/xml"}
    response = requests.get(url, headers=headers, timeout=60)
    response.raise_for_status()
    return response.content


def test_cadcutils_finds_sync_by_the_capabilities_and_cuts(cadc: Any) -> None:
    response = cadc.get((SODA_SYNC, None), params={"CIRCLE": PLACE, "BANDS": "150GHz"})
    with fits.open(io.BytesIO(response.content)) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "WGT"]


def test_cadcutils_saves_a_file_under_the_name_that_the_service_gives(
    cadc: Any, service: Service, tmp_path: Path
) -> None:
    query = f"CIRCLE={PLACE.replace(' ', '+')}&BANDS=150GHz"
    address = f"{service.stack.url}/api/v1/cutout/sync?{query}"
    cadc.download_file(address, dest=str(tmp_path))
    (saved,) = tmp_path.glob("spt3gJ*.fits")
    fits.info(saved, output=False)


def test_cadcutils_tells_what_is_not_there_from_what_is_not_allowed(
    cadc: Any, service: Service
) -> None:
    with pytest.raises(NotFoundException):
        cadc.get(f"{service.jobs}/none")
    with pytest.raises(UnauthorizedException):
        cadc_client(service, "guessed").get(service.jobs)


def test_astroquery_s_client_of_casda_makes_describes_and_runs_a_job_and_finds_its_files(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = service.get(f"{service.stack.url}/api/v1/cutout/sync", CIRCLE=PLACE, PLANES="sci")
    with fits.open(io.BytesIO(sync.content)) as hdus:
        maps = [hdu.header["SRC_MAP"] for hdu in hdus[:2]]
    casda = Casda()
    monkeypatch.setattr(casda, "POLL_INTERVAL", 1)
    casda._session.headers["Authorization"] = service.session.headers["Authorization"]
    job = casda._create_soda_job(maps, soda_url=service.jobs)
    casda._add_cutout_params(job, False, {"POS": [f"CIRCLE {PLACE}"]})
    files = casda._complete_job(job, False)
    assert len(files) == 4
    for each in files:
        assert service.get(each).content


def test_vos_runs_a_job_and_waits_for_its_end(service: Service) -> None:
    job = service.create({"ra": 0.25, "dec": -57.8, "bands": ["150GHz"]}, run=False)
    # What its constructor looks up is about a VOSpace, of which jobs know nothing.
    client = vos.Client.__new__(vos.Client)
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = service.session.headers["Authorization"]
        assert client._run_recursive_job(session, job) == (0, 0)
    assert service.job(job)["phase"] == "COMPLETED"


def test_vo_models_reads_jobs_in_every_phase_the_list_and_what_vosi_asks_for(
    service: Service,
) -> None:
    pending = service.create({"ra": 0.25, "dec": -57.8, "run_id": "read by others"}, run=False)
    done = service.create({"ra": 0.25, "dec": -57.8, "bands": ["150GHz"]})
    aborted = service.create({"ra": 0.25, "dec": -57.8, "bands": ["150GHz"]}, run=False)
    service.session.post(f"{aborted}/phase", data={"PHASE": "ABORT"}, timeout=60)
    service.wait_final(done)
    for job, phase in ((pending, "PENDING"), (done, "COMPLETED"), (aborted, "ABORTED")):
        read = uws.JobSummary[uws.Parameters].from_xml(xml(service, job))
        assert read.phase == phase
        assert uws.Results.from_xml(xml(service, f"{job}/results")).results is not None
    listed = uws.Jobs.from_xml(xml(service, service.jobs)).jobref
    assert listed is not None
    assert {pending.rpartition("/")[2], done.rpartition("/")[2]} <= {each.job_id for each in listed}
    beside = f"{service.stack.url}/api/v1"
    assert Availability.from_xml(xml(service, f"{beside}/availability")).available
    offered = VOSICapabilities.from_xml(xml(service, f"{beside}/capabilities")).capability
    assert SODA_SYNC in {str(each.standard_id) for each in offered}
