"""Map files that break while jobs are cut from them: their pairs fail, and nothing else does."""

import asyncio
import io
import os
import random
import tarfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.archive.scan import read_map
from sptjobs.engine.engine import Engine
from sptjobs.execution.executor import open_executor
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.store.maps import ingest_maps
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.test_executor import folders, outcomes, read, submit
from tests.fuzz.maps.mutator import Broken, broken, fitted
from tests.fuzz.maps.whole import WholeMap, with_shifted_descriptors
from tests.support.cutting import make
from tests.support.memory import peaks
from tests.support.scale import scaled

SEED = os.environ.get("SPT_TEST_SEED", "16")
COUNT = scaled(200, 2000)
SLICE = 100
"""Maps of one job."""

CAP_BYTES = 1 << 30
TIMEOUT_S = 900
"""With a job, on a machine that has other things to do."""
TARGETS = (Target("a", 0.0, -57.5, 3, 3), Target("b", 0.1, -57.45, 3, 3))
REQUEST = CutoutRequest(TARGETS, filetypes=("passthrough",), date_start=date(2019, 1, 1))

pytestmark = pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")

Planes = tuple[NDArray[Any], NDArray[Any]]


class Site:
    """An archive of whole maps, each stored many times over, of which the originals are known.

    Parameters
    ----------
    folder
        Where the archive goes.
    maps
        The whole maps.
    """

    def __init__(self, folder: Path, maps: Sequence[WholeMap]) -> None:
        folder.mkdir()
        self.folder = folder
        self.records: dict[str, MapRecord] = {}
        self.planes: dict[tuple[str, str], Planes] = {}
        for whole in maps:
            path = folder / f"{whole.name}{whole.ending}"
            path.write_bytes(whole.stored(whole.content))
            record = self.records[whole.name] = read_map(path, path.name)
            made = make(folder / f"cut-{whole.name}", folder, REQUEST, [record])
            for outcome in made.outcomes:
                assert outcome.status == "ok", outcome
                content = made.files[str(outcome.file)]
                self.planes[whole.name, outcome.objid] = planes_of(content)

    def add(self, obsid: str, whole: WholeMap, *, summed: bool) -> MapRecord:
        """Store a whole map once more, as the observation of a number."""
        path = self.folder / f"{obsid}_90GHz_psth{whole.ending}"
        path.write_bytes(whole.stored(whole.content))
        record = self.records[whole.name]
        return replace(
            record,
            map_id=f"{obsid}_90GHz_psth",
            obsid=obsid,
            path=path.name,
            mtime_ns=path.stat().st_mtime_ns,
            block_sums=record.block_sums if summed else None,
        )

    def spoil(self, chance: random.Random, record: MapRecord, each: Broken) -> None:
        """Put a broken file in a map's place: mostly with its size and time, as rot leaves them."""
        path = self.folder / record.path
        kept = chance.random() < 0.8
        content = fitted(each.stored, record.size_bytes) if kept else each.stored
        if chance.random() < 0.5:
            # Cut to nothing and written anew: whoever reads it meanwhile sees it end early.
            path.write_bytes(content)
        else:
            beside = path.with_suffix(".new")
            beside.write_bytes(content)
            beside.rename(path)
        if kept:
            os.utime(path, ns=(0, record.mtime_ns))


def planes_of(content: bytes) -> Planes:
    with fits.open(io.BytesIO(content), checksum=True) as hdus:
        sci, wgt = (np.array(hdu.data) for hdu in hdus if hdu.data is not None)
    return sci, wgt


@pytest.mark.parametrize("summed", [True, False], ids=["with sums", "of an older release"])
@pytest.mark.parametrize("first", range(0, COUNT // 2, SLICE))
async def test_maps_that_break_under_way_fail_their_own_pairs_and_no_wrong_pixel_is_ok(
    engine: Engine, tmp_path: Path, maps: list[WholeMap], first: int, summed: bool
) -> None:
    site = Site(tmp_path / "archive", maps)
    made = {
        f"{200_000_000 + number}": broken(random.Random(f"{SEED} {number} {summed}"), maps)
        for number in range(first, min(first + SLICE, COUNT // 2))
    }
    bad = {obsid: site.add(obsid, each.whole, summed=summed) for obsid, each in made.items()}
    good = [site.add(f"90000000{n}", whole, summed=summed) for n, whole in enumerate(maps)]
    await ingest_maps(engine.database, [*bad.values(), *good])
    chance = random.Random(SEED)
    late = []
    for obsid, each in made.items():
        if chance.random() < 0.5:
            late.append(obsid)
        else:
            site.spoil(chance, bad[obsid], each)

    async def spoil_late() -> None:
        for obsid in late:
            await asyncio.to_thread(site.spoil, chance, bad[obsid], made[obsid])
            await asyncio.sleep(0.02)

    settings = replace(
        engine.settings, archive=site.folder, slots=1, stall_s=20.0, child_memory_bytes=CAP_BYTES
    )
    job_id = await worked_off(replace(engine, settings=settings), spoil_late)
    rows = await outcomes(engine, job_id)
    assert len(rows) == (len(made) + len(good)) * len(TARGETS)
    stamps = await files(engine, job_id)
    names = {record.obsid: whole.name for record, whole in zip(good, maps, strict=True)}
    for row in rows:
        if row.obsid in names:
            assert row.status == "ok", row
            check_pixels(row, stamps, site.planes[names[row.obsid], row.objid])
        else:
            each = made[row.obsid]
            assert (row.reason is None) == (row.status == "ok"), (each.kind, each.whole.name, row)
            assert str(tmp_path) not in str(row.reason)
            if summed and row.file is not None:
                check_pixels(row, stamps, site.planes[each.whole.name, row.objid])


async def test_a_map_that_crashes_the_decoder_fails_alone(
    engine: Engine, tmp_path: Path, maps: list[WholeMap]
) -> None:
    site = Site(tmp_path / "archive", maps)
    good = [site.add(f"90000000{n}", whole, summed=False) for n, whole in enumerate(maps)]
    (tiled,) = (whole for whole in maps if whole.name == "rice-1-tiles")
    bad = site.add("200000000", tiled, summed=False)
    (site.folder / bad.path).write_bytes(with_shifted_descriptors(tiled))
    os.utime(site.folder / bad.path, ns=(0, bad.mtime_ns))
    await ingest_maps(engine.database, [bad, *good])
    settings = replace(engine.settings, archive=site.folder, slots=1)
    job_id = await worked_off(replace(engine, settings=settings))
    rows = await outcomes(engine, job_id)
    assert {row.status for row in rows if row.obsid == bad.obsid} == {"failed"}
    assert [row.status for row in rows if row.obsid != bad.obsid] == ["ok"] * 2 * len(good)


async def nothing() -> None:
    """Let a job be."""


async def worked_off(
    engine: Engine, meanwhile: Callable[[], Coroutine[Any, Any, None]] = nothing
) -> str:
    """Submit the job, and work it off while something happens; give its id, once it completed."""
    async with open_executor(engine, "test") as executor:
        await executor.warm_up()
        job_id = await submit(engine, REQUEST)
        happening = asyncio.create_task(meanwhile())
        with peaks(lambda: [slot.child.pid for slot in executor.slots if slot.child]) as m:
            async with asyncio.timeout(TIMEOUT_S):
                while (await read(engine, job_id)).phase not in {"COMPLETED", "ERROR"}:
                    await asyncio.gather(executor.work(), executor.work())
        assert max(m.values(), default=0) <= CAP_BYTES, m
        await happening
    found = await read(engine, job_id)
    assert found.phase is ExecutionPhase.COMPLETED, found.error
    return job_id


async def files(engine: Engine, job_id: str) -> dict[str, bytes]:
    """Every file of a job, by its name."""
    found = {}
    for folder in await folders(engine, job_id):
        if (folder / "pack.tar").stat().st_size:
            with tarfile.open(folder / "pack.tar") as members:
                for member in members:
                    content = members.extractfile(member)
                    assert content is not None
                    found[member.name] = content.read()
    return found


def check_pixels(row: Outcome, stamps: dict[str, bytes], whole: Planes) -> None:
    """Compare a stamp with that of the whole map."""
    assert row.status == "ok", row
    for found, expected in zip(planes_of(stamps[str(row.file)]), whole, strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=str(row))
