"""Stamps of HEALPix observations put together: as those of other maps, against a known sky."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Table
from PIL import Image

from sptjobs.archive.scan import scan
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from tests.support.cutting import Made, make
from tests.support.healpix_maps import cap, write_healpix
from tests.support.observations import opened

NSIDE, SKY = 2048, 12.5
PLACE = 10.0, -57.0
TARGET = Target("t0", *PLACE, 60.0, 60.0)


def observation(folder: Path, number: int, level: float = SKY) -> MapRecord:
    """A HEALPix map of one sky with noise that follows its weights, as an observation."""
    random = np.random.default_rng(number)
    pixels = cap(NSIDE, *PLACE, 2.0)
    weight = random.uniform(0.5, 2.0, len(pixels)) * (number + 1)
    sky = level + random.normal(size=len(pixels)) / np.sqrt(weight)
    place = folder / str(number)
    place.mkdir()
    columns = {"T": sky.astype("f4"), "TT": weight.astype("f4")}
    write_healpix(place / f"{1000 + number}.fits", NSIDE, columns, pixels=pixels)
    (found,) = scan(place, {})
    assert isinstance(found, MapRecord), found
    day = f"2019-03-{number + 1:02d}"
    return replace(
        found, path=f"{number}/{found.path}", map_id=str(1000 + number), obsid=str(1000 + number),
        tag=None, band="90GHz", filetype="filtered", unit="mK", weight_unit="mK-2",
        date_beg=f"{day}T06:00:00", date_end=f"{day}T08:00:00",
    )  # fmt: skip


def cut(folder: Path, maps: list[MapRecord], *products: str, **kind: Any) -> Made:
    asked = CutoutRequest(
        (TARGET,), bands=("90GHz",), date_start=date(2019, 1, 1), products=("fits", *products),
        projection=Projection.TAN, **({"order": Order.NEAREST} | kind),
    )  # fmt: skip
    return make(folder / "job", folder, asked, maps)


@pytest.fixture(name="maps")
def _maps(tmp_path: Path) -> list[MapRecord]:
    return [observation(tmp_path, number) for number in range(3)]


def stamps_of(made: Made) -> tuple[Any, Any]:
    """Pixels and weights (n, ny, nx) of the single stamps."""
    planes = []
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            planes.append([stamp[name].data.astype("f8") for name in ("SCI", "WGT")])
    sci, wgt = (np.stack(each) for each in zip(*planes, strict=True))
    return sci, wgt


def test_a_coadd_is_the_mean_by_weights_and_has_the_noise_that_it_promises(
    tmp_path: Path, maps: list[MapRecord]
) -> None:
    made = cut(tmp_path, maps, "coadd")
    sci, wgt = stamps_of(made)
    with opened(made, str(made.outcomes[0].coadd)) as hdus:
        mean, total = (hdus[name].data.astype("f8") for name in ("SCI", "WGT"))
    np.testing.assert_allclose(total, wgt.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(mean, (wgt * sci).sum(axis=0) / wgt.sum(axis=0), rtol=1e-6)
    # The pixels of the stamp are about as large as the map's: some repeat a neighbour.
    pull = (mean - SKY) * np.sqrt(total)
    assert abs(pull.mean()) < 6 / np.sqrt(pull.size)
    assert abs(pull.std() - 1) < 8 / np.sqrt(2 * pull.size)


def test_a_difference_has_the_variance_of_a_member_of_its_coadd(
    tmp_path: Path, maps: list[MapRecord]
) -> None:
    made = cut(tmp_path, maps, "difference")
    sci, wgt = stamps_of(made)
    total, mean = wgt.sum(axis=0), (wgt * sci).sum(axis=0) / wgt.sum(axis=0)
    for number, outcome in enumerate(made.outcomes):
        assert outcome.in_coadd is True
        with opened(made, str(outcome.difference)) as hdus:
            made_sci, made_wgt = (hdus[name].data.astype("f8") for name in ("SCI", "WGT"))
        np.testing.assert_allclose(made_sci, sci[number] - mean, atol=3e-6)
        np.testing.assert_allclose(1 / made_wgt, 1 / wgt[number] - 1 / total, rtol=1e-4)


def test_cubes_animations_and_previews_are_made_of_them(
    tmp_path: Path, maps: list[MapRecord]
) -> None:
    made = cut(tmp_path, maps, "preview", "cube", "animation", order=Order.BILINEAR)
    sci, _ = stamps_of(made)
    (cube,) = {str(outcome.cube) for outcome in made.outcomes}
    with opened(made, cube) as hdus:
        np.testing.assert_array_equal(hdus["SCI"].data, sci.astype("f4"))
    epochs = Table.read(io.BytesIO(made.files[cube]), hdu="EPOCHS")
    assert list(epochs["obsid"]) == ["1000", "1001", "1002"]
    animation = Image.open(io.BytesIO(made.files[str(made.outcomes[0].animation)]))
    assert getattr(animation, "n_frames", 1) == 3
    for outcome in made.outcomes:
        assert outcome.preview is not None
        picture = Image.open(io.BytesIO(made.files[outcome.preview]))
        ny, nx = sci.shape[1:]
        assert picture.width * ny == picture.height * nx
