"""TOPCAT signs in: STIL, its own engine of authentication, reads what a user would open."""

import asyncio
import subprocess
from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import JOBS, Api, Serve, broker_url, cut, serve
from tests.site.test_stilts import Cut
from tests.support.maven import STIL, fetched
from tests.support.provider import Provider, running
from tests.support.sign_in import settings_for

__all__ = ["broker_url", "cut", "serve"]


@pytest.fixture
async def api(serve: Serve) -> AsyncIterator[Api]:
    """With a provider: whom the service takes for a browser is sent to its page."""
    async with running(Provider()) as provider:
        yield await serve(sign_in=settings_for(provider.issuer))


async def get(url: str, password: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Read an address with the authentication of TOPCAT, where a user types this password."""
    words = ("-cp", str(fetched(STIL)), "uk.ac.starlink.auth.Get", *options)
    return await asyncio.to_thread(
        subprocess.run,
        ["java", *words, "-u", "anybody", "-p", password, url],
        capture_output=True,
        timeout=120,
        check=False,
    )


async def test_topcat_reads_list_job_results_and_files_with_a_token_for_the_password(
    api: Api, cut: Cut
) -> None:
    job = await api.new_job(PHASE="RUN")
    await cut(job)
    token = await api.token("ada")
    expected = {
        JOBS: b"<uws:jobs",
        job: b"<uws:job ",
        f"{job}/results": b"<uws:results",
        f"{job}/results/manifest": b'"status":"ok"',
        f"/files/jobs/{job.rpartition('/')[2]}/out/manifest.vot": b"<VOTABLE",
        "/api/v1/sia?MAXREC=1": b"<VOTABLE",
        "/api/v1/capabilities": b"capabilities",
    }
    for path, begin in expected.items():
        read = await get(f"{api.base}{path}", token)
        assert read.returncode == 0, (path, read.stderr)
        assert begin in read.stdout, (path, read.stdout[:500])


async def test_topcat_shows_what_to_type_and_chooses_basic(api: Api) -> None:
    read = await get(f"{api.base}{JOBS}", await api.token("ada"), "-v", "-v")
    assert read.returncode == 0
    said = read.stderr.decode()
    page = f"{api.base}/account"
    assert f"Realm: any user name, and for the password an access token of {page}" in said
    assert "using scheme Basic" in said


async def test_topcat_reads_nothing_with_a_wrong_password(api: Api) -> None:
    job = await api.new_job()
    read = await get(f"{api.base}{job}", "guess", "-v", "-v")
    assert read.returncode != 0
    assert b"<uws:job" not in read.stdout
    assert b"401" in read.stderr, read.stderr
