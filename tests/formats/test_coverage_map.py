"""A map's MOC: every observed pixel lies in it, and it is hardly larger than they are."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from mocpy import MOC
from numpy.typing import NDArray

from sptjobs.archive.scan import read_map, scan
from sptjobs.formats.flat_sky import observed_pixels
from sptjobs.maps.record import MapRecord
from tests.support.small_maps import wcs_cards

SKY_DEG2 = 4 * math.pi * math.degrees(1) ** 2


def written(folder: Path, weights: NDArray[np.float32], cards: dict[str, object]) -> Path:
    path = folder / "1_150GHz_fltd.fits"
    header = fits.Header(cards)
    header.update({"FIELD": "f", "DATE-BEG": "2020-04-01", "DATE-END": "2020-04-02"})
    images = [
        fits.ImageHDU(np.ones_like(weights), header, "SCI"),
        fits.ImageHDU(weights, header, "WGT"),
    ]
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(path)
    return path


def checked(path: Path) -> tuple[MapRecord, float]:
    """Compare the MOC of a map with WGT > 0; return the record, and how much larger it is."""
    record = read_map(path, path.name)
    assert record.moc is not None
    moc = MOC.from_string(record.moc, "ascii")
    with fits.open(path) as hdus:
        observed = hdus["WGT"].data > 0
        wcs = WCS(hdus["WGT"].header)
        y, x = np.nonzero(observed)
        lon, lat = wcs.wcs_pix2world(x, y, 0)
        assert moc.contains_lonlat(lon * units.deg, lat * units.deg).all()
        ends = [wcs.wcs_pix2world(x + dx, y + dy, 0) for dx, dy in ((0.5, 0), (-0.5, 0))]
        up = [wcs.wcs_pix2world(x, y + dy, 0) for dy in (0.5, -0.5)]
    area = np.linalg.norm(np.cross(_step(ends), _step(up)), axis=-1).sum() * math.degrees(1) ** 2
    return record, moc.sky_fraction * SKY_DEG2 / area - 1


def _step(ends: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    lon, lat = np.radians(np.array(ends)).transpose(1, 0, 2)
    vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)
    return np.asarray(vectors[0] - vectors[1])


def disc(shape: tuple[int, int]) -> NDArray[np.float32]:
    y, x = np.indices(shape)
    inside = (y / shape[0] - 0.5) ** 2 + (x / shape[1] - 0.5) ** 2 < 0.2
    return inside.astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((300, 420), {}),
        ((300, 420), {"scale": 2.0}),
        ((260, 300), {"projection": "CAR", "crval": (359.9, 0.0), "frame": "ICRS"}),
        ((200, 200), {"projection": "TAN", "crval": (10.0, -89.9)}),
        ((150, 150), {"scale": 20.0, "crval": (0.0, 45.0)}),
    ],
)
def test_a_moc_holds_every_observed_pixel_and_is_larger_by_less_than_a_percent(
    tmp_path: Path, shape: tuple[int, int], options: dict[str, object]
) -> None:
    path = written(tmp_path, disc(shape), dict(wcs_cards(shape, **options)))  # type: ignore[arg-type]
    _, excess = checked(path)
    assert -0.002 < excess < 0.01


def test_a_map_of_blocks_of_several_pixels_in_several_bands_has_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed_pixels, "_MAX_BLOCKS", 64)
    monkeypatch.setattr(observed_pixels, "_BAND_PIXELS", 20_000)
    weights = disc((300, 420))
    weights[100:110, 200:260] = 0
    _, excess = checked(written(tmp_path, weights, dict(wcs_cards((300, 420)))))
    assert -0.002 < excess < 0.01


def test_single_pixels_and_ragged_maps_are_covered_however_small_they_are(tmp_path: Path) -> None:
    weights = np.zeros((200, 200), np.float32)
    weights[np.random.default_rng(1).integers(0, 200, 300), np.arange(300) % 200] = 1
    record, excess = checked(written(tmp_path, weights, dict(wcs_cards((200, 200)))))
    assert excess < 1
    assert len(record.moc or "") < 100_000


def test_the_moc_is_no_part_of_the_canonical_record(tmp_path: Path) -> None:
    record, _ = checked(written(tmp_path, disc((60, 60)), dict(wcs_cards((60, 60)))))
    assert "moc" not in record.to_json()
    assert MapRecord.from_json(record.to_json()).moc is None


def test_a_map_that_was_catalogued_without_a_moc_gets_the_same_as_a_new_one(tmp_path: Path) -> None:
    path = written(tmp_path, disc((60, 60)), dict(wcs_cards((60, 60))))
    record, _ = checked(path)
    (again,) = scan(tmp_path, {path.name: replace(record, moc=None)})
    assert again == record


def test_maps_of_one_grid_and_mask_share_a_moc_and_others_have_their_own(tmp_path: Path) -> None:
    cards: dict[str, object] = dict(wcs_cards((60, 80)))
    weights = disc((60, 80))
    moved, holed = cards | {"CRVAL1": 5.0}, weights.copy()
    holed[20:40, 30:50] = 0
    mocs = []
    for number, (sky, seen) in enumerate(
        [(cards, weights), (cards, 2 * weights), (moved, weights), (cards, holed)]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = written(folder, seen, sky)
        mocs.append(read_map(path, path.name).moc)
    assert mocs[0] == mocs[1]
    assert len(set(mocs)) == 3
