"""Cubes, animations and colour pictures as a user gets them, of simulated maps."""

import io

import numpy as np
from astropy.io import fits
from astropy.table import Table
from PIL import Image

from tests.support.service import Service, grid_of_targets

BANDS = ["90GHz", "150GHz", "220GHz"]


def test_a_cube_and_an_animation_have_the_stamps_of_the_same_job_in_order_of_time(
    service: Service,
) -> None:
    job = service.create(
        {
            "positions": grid_of_targets(4),
            "date_start": "2020-01-01",
            "bands": ["150GHz"],
            "filetype": ["filtered"],
            "products": ["fits", "cube", "animation"],
        }
    )
    assert service.wait_final(job)["phase"] == "COMPLETED"
    files = service.files(job)
    rows = [row for row in service.manifest(job) if row["cube"] is not None]
    assert len({row["cube"] for row in rows}) >= 4
    for name in {row["cube"] for row in rows}:
        its_rows = sorted(
            (row for row in rows if row["cube"] == name), key=lambda row: row["date_beg"]
        )
        epochs = Table.read(io.BytesIO(files[name]), hdu="EPOCHS")
        assert list(epochs["map_id"]) == [row["map_id"] for row in its_rows]
        with fits.open(io.BytesIO(files[name]), checksum=True) as cube:
            for plane, row in zip(cube["SCI"].data, its_rows, strict=True):
                with fits.open(io.BytesIO(files[row["file"]])) as stamp:
                    seen = (stamp["WGT"].data > 0) & np.isfinite(stamp["SCI"].data)
                    np.testing.assert_array_equal(np.isfinite(plane), seen)
                    np.testing.assert_array_equal(plane[seen], stamp["SCI"].data[seen])
        (animation,) = {row["animation"] for row in its_rows}
        assert getattr(Image.open(io.BytesIO(files[animation])), "n_frames", 1) == len(its_rows)


def test_three_bands_of_the_newest_coadds_are_one_picture(service: Service) -> None:
    job = service.create(
        {"positions": grid_of_targets(4), "bands": BANDS, "products": ["fits", "colour"]}
    )
    assert service.wait_final(job)["phase"] == "COMPLETED"
    files = service.files(job)
    rows = [row for row in service.manifest(job) if row["colour"] is not None]
    assert rows
    for row in rows:
        assert row["colour_channel"] == ("red", "green", "blue")[BANDS.index(row["band"])]
        picture = Image.open(io.BytesIO(files[row["colour"]]))
        picture.load()
        assert picture.info[row["colour_channel"].capitalize()].startswith(f"{row['band']}, ")
        assert np.asarray(picture)[..., 3].any()
