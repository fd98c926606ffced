"""Coadds of jobs whose parts were lost half way: each observation is in them once."""

import asyncio
import io
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.engine.claims import give_back
from sptjobs.engine.engine import Engine
from sptjobs.execution.executor import Executor, open_executor
from sptjobs.packs.reader import iter_files, iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from sptjobs.store.maps import ingest_maps
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.test_executor import folders, hold_running, read, submit
from tests.support.observations import MIDDLE, Observations, coadd_request

OBSERVATIONS, TARGETS = 3, 24


def asked(observed: Observations) -> CutoutRequest:
    """Some seconds of work in several parts, each with all observations of its targets."""
    x, y = MIDDLE
    places = [(x + n % 8 - 4.0, y + n // 8 - 4.0) for n in range(TARGETS)]
    made = {"products": ("fits", "coadd"), "projection": Projection.TAN, "order": Order.ADAPTIVE}
    return coadd_request(observed, *places, **made)


@pytest.fixture
def observed(tmp_path: Path) -> Observations:
    (tmp_path / "maps").mkdir()
    return Observations(tmp_path / "maps", OBSERVATIONS)


@pytest.fixture
async def two_slots(engine: Engine, observed: Observations) -> AsyncIterator[Executor]:
    await ingest_maps(engine.database, observed.records)
    settings = replace(engine.settings, archive=observed.folder, slots=1)
    async with open_executor(replace(engine, settings=settings), "test") as opened:
        yield opened


async def lose(executor: Executor, how: str) -> None:
    """Lose a part that is half done: its child dies, or somebody else is given it meanwhile."""
    pid = await hold_running(executor, number=1)
    if how == "its child is killed":
        os.kill(pid, signal.SIGKILL)
        return
    (key,) = executor.running
    assert await give_back(executor.engine.database, key, "its worker is lost", blame="worker")
    # It goes on, and knows nothing of that.
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("how", ["its child is killed", "its worker counts as lost and goes on"])
async def test_coadds_of_a_part_that_was_lost_half_way_have_every_observation_once(
    engine: Engine, observed: Observations, two_slots: Executor, how: str
) -> None:
    job_id = await submit(engine, asked(observed))
    working = asyncio.create_task(two_slots.work())
    await lose(two_slots, how)
    async with asyncio.timeout(90):
        await working
        while (found := await read(engine, job_id)).phase is ExecutionPhase.EXECUTING:
            await two_slots.work()
    assert found.phase is ExecutionPhase.COMPLETED
    assert found.progress.parts_total > 2
    rows: list[Outcome] = []
    files: dict[str, bytes] = {}
    for pack in await folders(engine, job_id):
        rows += iter_outcomes(pack)
        content = (pack / "pack.tar").read_bytes()
        for file in iter_files(pack):
            assert file.name not in files
            files[file.name] = content[file.offset : file.offset + file.size]
    assert len({(row.target, row.map_id) for row in rows}) == len(rows)
    assert len(rows) == found.progress.pairs_total
    members = defaultdict(list)
    for row in rows:
        if row.coadd is not None:
            members[row.coadd].append(row)
    assert set(members) == {name for name in files if "_coadd_" in name}
    assert [len(those) for those in members.values()] == [OBSERVATIONS] * TARGETS
    for name, those in members.items():
        assert_is_the_sum(files, name, those)


def assert_is_the_sum(files: dict[str, bytes], name: str, rows: list[Outcome]) -> None:
    """Compare a coadd with the single stamps of the same job, added anew."""
    weight, product = np.zeros(1), np.zeros(1)
    for row in rows:
        with fits.open(io.BytesIO(files[str(row.file)])) as stamp:
            wgt, sci = (stamp[each].data.astype("f8") for each in ("WGT", "SCI"))
            seen = (wgt > 0) & np.isfinite(sci)
            weight = weight + np.where(seen, wgt, 0)
            product = product + np.where(seen, wgt * sci, 0)
    with fits.open(io.BytesIO(files[name])) as coadd:
        assert coadd["SCI"].header["NCOADD"] == len(rows)
        np.testing.assert_allclose(coadd["WGT"].data, weight, rtol=1e-5)
        seen = weight > 0
        there = coadd["SCI"].data[seen]
        np.testing.assert_allclose(there, product[seen] / weight[seen], rtol=1e-4, atol=1e-5)
