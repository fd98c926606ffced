"""What cubes and animations of many observations take of memory."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from sptjobs.execution.child.orders import Finished
from sptjobs.execution.child.work import carry_out
from sptjobs.request.cutout_request import CutoutRequest
from tests.bench.anonymous_memory import AnonymousMemory, anonymous_bytes
from tests.support.cutting import plan_order
from tests.support.known_maps import known_map, targets_at

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
