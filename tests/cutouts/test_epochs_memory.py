"""What cubes and animations of many observations take of memory."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from sptjobs.execution.child.orders import Finished, Ready
from sptjobs.execution.child.work import carry_out
from sptjobs.request.cutout_request import CutoutRequest
from tests.bench.anonymous_memory import AnonymousMemory, anonymous_bytes
from tests.cutouts.test_child import running
from tests.support.cutting import cut_order, plan_order
from tests.support.known_maps import known_map, targets_at
from tests.support.scale import scaled

SIDE, EPOCHS = 480, 8
"""Two degrees: with one more observation a file is full, as with 1,310 of 10 arcmin."""

GROUPS = [
    (band, kind)
    for band in ("90GHz", "150GHz", "220GHz")
    for kind in ("passthrough", "filtered", "coadd-subtracted")
]


def test_cube_and_animation_of_every_band_and_kind_keep_each_stamp_once(tmp_path: Path) -> None:
    shape = (SIDE + 20, SIDE + 20)
    sci = np.random.default_rng(2).normal(size=shape)
    record = known_map(tmp_path, sci, np.ones(shape))
    maps = [
        replace(record, map_id=f"{n}{band}{kind}", obsid=str(n), band=band, filetype=kind,
                date_beg=f"2019-03-{n + 1:02d}T06:00:00", date_end=f"2019-03-{n + 1:02d}T08:00:00")
        for band, kind in GROUPS for n in range(EPOCHS)
    ]  # fmt: skip
    middle = (SIDE / 2 + 10, SIDE / 2 + 10)
    asked = CutoutRequest(
        targets_at(record, middle, size=SIDE / 4 - 0.1),
        bands=("90GHz", "150GHz", "220GHz"),
        filetypes=("passthrough", "filtered", "coadd-subtracted"),
        date_start=date(2019, 1, 1),
        products=("cube", "animation"),
    )
    before = anonymous_bytes()
    with AnonymousMemory() as memory:
        done = carry_out(plan_order(tmp_path / "job", tmp_path, asked, maps), lambda _: None)
    assert isinstance(done, Finished)
    # And the request.
    assert (done.pairs, done.files) == (len(maps), 2 * len(GROUPS) + 1)
    # 8 bytes of each pixel and its weight are 133 MB, beside what is written at a time.
    assert memory.peak - before < 210e6


def test_a_cutting_child_with_a_cube_of_each_band_and_kind_stays_below_300_mb(
    tmp_path: Path,
) -> None:
    count = scaled(26, 1300)
    record = known_map(tmp_path, np.random.default_rng(2).normal(size=(80, 80)), np.ones((80, 80)))
    begins = [datetime(2019, 3, 1) + timedelta(hours=7 * n) for n in range(count)]  # noqa: DTZ001 - UTC
    maps = [
        replace(record, map_id=f"{n}{band}{kind}", obsid=str(n), band=band, filetype=kind,
                date_beg=begin.isoformat(), date_end=(begin + timedelta(hours=2)).isoformat())
        for band, kind in GROUPS for n, begin in enumerate(begins)
    ]  # fmt: skip
    asked = CutoutRequest(
        targets_at(record, (40.0, 40.0), size=10),
        bands=("90GHz", "150GHz", "220GHz"),
        filetypes=("passthrough", "filtered", "coadd-subtracted"),
        date_start=date(2019, 1, 1),
        products=("cube", "animation"),
    )
    order = plan_order(tmp_path / "job", tmp_path, asked, maps, 1.0)
    with running() as child:
        assert isinstance(child.report(), Ready)
        with AnonymousMemory(child.pid) as memory:
            planned, _ = child.until_done(order)
            assert isinstance(planned, Finished)
            done = [planned]
            for part in planned.parts:
                finished, _ = child.until_done(cut_order(order, part.number))
                assert isinstance(finished, Finished)
                done.append(finished)
    assert sum(each.pairs for each in done) == len(maps)
    assert memory.peak < 300e6
