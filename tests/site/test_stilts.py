"""Debian's STILTS, which knows no scheme but Basic, reads a user's files."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve, broker_url, cut, serve
from tests.api.test_sia import MAPS
from tests.support.provider import Provider, running
from tests.support.sign_in import settings_for

__all__ = ["broker_url", "cut", "serve"]

Cut = Callable[..., Awaitable[dict[str, bytes]]]


async def stilts(password: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run STILTS with a password."""
    options = ("-Dstar.basicauth.user=anybody", f"-Dstar.basicauth.password={password}")
    return await asyncio.to_thread(
        subprocess.run,
        ["stilts", *options, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
async def api(serve: Serve) -> AsyncIterator[Api]:
    """With a provider: whom the service takes for a browser is sent to its page."""
    async with running(Provider()) as provider:
        yield await serve(sign_in=settings_for(provider.issuer))


async def test_stilts_reads_manifest_and_light_curve_with_a_token_for_the_password(
    api: Api, cut: Cut, tmp_path: Path
) -> None:
    job = await api.new_job(PHASE="RUN", PRODUCTS="fits,lightcurve", DATE_START="2020-01-01")
    await cut(job)
    out = f"{api.base}/files/jobs/{job.rpartition('/')[2]}/out"
    token = await api.token("ada")
    manifest = tmp_path / "manifest.csv"
    read = await stilts(token, "tcopy", f"in={out}/manifest.vot", f"out={manifest}")
    assert read.returncode == 0, read.stderr
    assert len(manifest.read_text().splitlines()) == 3
    curve = await stilts(
        token, "tpipe", f"in={out}/lightcurve.vot", "cmd=keepcols objid", "omode=out", "ofmt=csv"
    )
    assert curve.returncode == 0, curve.stderr
    assert "J0000-5748" in curve.stdout


async def test_stilts_is_refused_with_a_wrong_password_and_says_so(api: Api, cut: Cut) -> None:
    job = await api.new_job(PHASE="RUN")
    await cut(job)
    out = f"{api.base}/files/jobs/{job.rpartition('/')[2]}/out"
    refused = await stilts("guess", "tpipe", f"in={out}/manifest.vot", "omode=count")
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "too many" in refused.stderr  # Java tries the same password twenty times


async def test_stilts_finds_no_error_in_searches_and_links(api: Api, tmp_path: Path) -> None:
    await ingest_maps(api.engine.database, MAPS)
    token = await api.token("ada")
    identifiers = "&ID=".join(each.map_id for each in (*MAPS, MAPS[0]))
    links = f"{api.base}/api/v1/links?ID={identifiers}&ID=none"
    for query in ("", "?MAXREC=0", "?MAXREC=1", "?RESPONSEFORMAT=text/xml"):
        read = await stilts(token, "votlint", f"votable={api.base}/api/v1/sia{query}")
        assert (read.returncode, read.stdout.strip(), read.stderr.strip()) == (0, "", "")
    read = await stilts(token, "votlint", f"votable={links}")
    assert (read.returncode, read.stdout.strip(), read.stderr.strip()) == (0, "", "")
    checked = await stilts(token, "datalinklint", f"votable={links}")
    assert checked.returncode == 0, checked.stdout
    assert "Totals: Errors: 0; Warnings: 0" in checked.stdout, checked.stdout
    found = tmp_path / "maps.csv"
    query = f"in={api.base}/api/v1/sia?POS=CIRCLE+0.9+-56.8+0.01&TIME=58940.05"
    read = await stilts(token, "tcopy", query, f"out={found}")
    assert read.returncode == 0, read.stderr
    assert len(found.read_text().splitlines()) == 3
