"""Documents against the standards' own schemas, by the validator that STILTS brings."""

import asyncio
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptapi.representations.uws_xml import JOB_INFO
from sptjobs.store.schema import job as job_table
from sptjobs.uws.phases import ExecutionPhase
from tests.api.conftest import JOBS, Api, Serve, broker_url, serve

__all__ = ["broker_url", "serve"]


async def validate(folder: Path, *documents: bytes) -> None:
    """Validate documents against the schemas of their namespaces, which STILTS has at hand."""
    for number, body in enumerate(documents):
        file = folder / f"{number}.xml"
        file.write_bytes(body)
        done = await asyncio.to_thread(
            subprocess.run,
            ["stilts", "xsdvalidate", "uselocals=true", f"doc={file}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr, body.decode())


@pytest.fixture
async def api(serve: Serve) -> Api:
    return await serve()


async def test_capabilities_are_valid(api: Api, tmp_path: Path) -> None:
    paths = ("/api/v1/capabilities", "/api/v1/cutout/capabilities", "/api/v1/sia/capabilities")
    bodies = [await (await api.get(path, user=None)).read() for path in paths]
    await validate(tmp_path, *bodies)


async def test_availability_is_valid_while_all_is_well_and_while_it_is_not(
    serve: Serve, tmp_path: Path
) -> None:
    banner = tmp_path / "banner"
    banner.write_text("Down on 2 May <08:00> & later")
    bodies = []
    for changes in ({}, {"banner": banner}, {"broker_url": "unix:///nowhere/broker.sock"}):
        api = await serve(**changes)
        bodies.append(await (await api.get("/api/v1/availability", user=None)).read())
    await validate(tmp_path, *bodies)


async def test_stilts_finds_no_fault_with_capabilities_and_availability(api: Api) -> None:
    found = await asyncio.to_thread(
        subprocess.run,
        [
            "stilts", "taplint", f"tapurl={api.base}/api/v1/cutout", "stages=CPV AVV",
            f"capabilitiesurl={api.base}/api/v1/cutout/capabilities",
            f"availabilityurl={api.base}/api/v1/cutout/availability",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert "Totals: Errors: 0;" in found.stdout, found.stdout + found.stderr


async def documents(api: Api, job: str) -> list[bytes]:
    paths = (job, f"{job}/parameters", f"{job}/results")
    found = [await api.get(path) for path in paths]
    assert all(each.content_type == "application/xml" for each in found)
    return [await each.read() for each in found]


async def test_every_document_of_a_job_is_valid_in_every_phase(
    serve: Serve, tmp_path: Path
) -> None:
    api = await serve()
    bodies = []
    empty = await api.post(JOBS, {"foo": "<&>", "RUNID": "a & b"})
    bodies += await documents(api, empty.headers["Location"].removeprefix(api.base))
    job = await api.new_job(DATE_START="2020-01-01", POSITIONS_NOTE="two\nlines")
    job_id = job.rpartition("/")[2]
    for phase in ExecutionPhase:
        failed = {"error_code": "Error", "error_kind": "fatal", "error_message": "a < b"}
        values = {"phase": phase, **(failed if phase is ExecutionPhase.ERROR else {})}
        async with api.engine.database.write() as connection:
            change = sa.update(job_table).where(job_table.c.job_id == job_id)
            await connection.execute(change.values(version=job_table.c.version + 1, **values))
        document, *_ = await documents(api, job)
        assert f"<uws:phase>{phase}</uws:phase>".encode() in document
        bodies.append(document)
    await validate(tmp_path, *bodies)


async def test_every_list_is_valid_an_empty_one_too(api: Api, tmp_path: Path) -> None:
    empty = await (await api.get(JOBS)).read()
    await api.new_job(RUNID="a & b")
    await api.new_job()
    full = await (await api.get(JOBS)).read()
    await validate(tmp_path, empty, full)


async def test_the_schema_of_job_info_describes_what_jobs_have(api: Api, tmp_path: Path) -> None:
    """Each child of jobInfo by itself: UWS's own schema lets anything be there."""
    schema = tmp_path / "jobinfo.xsd"
    schema.write_bytes(await (await api.get("/api/v1/cutout/jobinfo.xsd", user=None)).read())
    job = await api.new_job(PHASE="RUN", foo="bar", EXECUTIONDURATION="999999999")
    info = ET.fromstring(await (await api.get(job)).read())[-1]
    names = {child.tag.rpartition("}")[2] for child in info}
    assert {"progress", "outcomes", "stored_bytes", "ignored", "pace", "notes"} <= names
    for child in info:
        file = tmp_path / "child.xml"
        file.write_bytes(ET.tostring(child))
        location = f"schemaloc={JOB_INFO}={schema}"
        command = ["stilts", "xsdvalidate", "uselocals=true", location, f"doc={file}"]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr, file.read_text())
