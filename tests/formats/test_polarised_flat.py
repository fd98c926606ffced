"""Flat maps with images of T, Q and U: cut as they are, and turned to the north of TAN stamps."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from tests.support.cutting import make
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import MIDDLE, SHAPE, box_of
from tests.support.polarised_flat import (
    ANGLE_DEG,
    DEGREE,
    SIDE,
    galactic,
    record_of,
    rotated,
    up_angle,
    write_polarised_flat,
)
from tests.support.small_maps import request_for, wcs_cards

STOKES = {"T": 5.0, "Q": 3.0, "U": -2.0}


def polarised_map(folder: Path, *, by_card: bool) -> dict[str, MapRecord]:
    """A file with T, Q, U and one weight, and the record of the map that each is."""
    record = known_map(folder, np.full(SHAPE, STOKES["T"]), np.ones(SHAPE))
    path = folder / record.path
    with fits.open(path, mode="update") as hdus:
        for name in ("Q", "U"):
            noise = np.random.default_rng(ord(name)).normal(STOKES[name], 1.0, SHAPE)
            hdu = fits.ImageHDU(noise.astype("f4"), hdus["SCI"].header.copy())
            hdu.header["EXTNAME"] = "POLARISED" if by_card else name
            if by_card:
                hdu.header["POLTYPE"] = name
            hdus.append(hdu)
    about = path.stat()
    whole = replace(
        record,
        size_bytes=about.st_size,
        mtime_ns=about.st_mtime_ns,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return {
        name: replace(whole, map_id=name, obsid=name, sci_hdu=hdu)
        for name, hdu in (("T", 1), ("Q", 3), ("U", 4))
    }


def asked_for(record: MapRecord, **kind: object) -> CutoutRequest:
    return CutoutRequest(targets_at(record, MIDDLE), bands=("90GHz",), **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("by_card", [True, False])
def test_native_stamps_of_q_and_u_are_the_pixels_of_their_images(
    tmp_path: Path, by_card: bool
) -> None:
    maps = polarised_map(tmp_path, by_card=by_card)
    made = make(tmp_path / "job", tmp_path, asked_for(maps["T"]), list(maps.values()))
    with fits.open(tmp_path / maps["T"].path) as hdus:
        planes = {name: hdus[record.sci_hdu].data.copy() for name, record in maps.items()}
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            box = box_of(stamp["SCI"].header, maps["T"])
            np.testing.assert_array_equal(stamp["SCI"].data, planes[outcome.obsid][box])
            assert stamp["SCI"].header["POLTYPE"] == outcome.obsid


def turned_stamp(
    folder: Path, record: MapRecord, place: tuple[float, float], order: Order, size: float = 12.0
) -> fits.ImageHDU:
    asked = request_for([place], size, projection=Projection.TAN, order=order)
    made = make(folder / "job", folder, asked, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        assert made.outcomes[0].status == "ok", made.outcomes[0]
        return stamp["SCI"].copy()


GRIDS = {
    "straight": (wcs_cards((SIDE, SIDE)), "fk5"),
    "rotated": (rotated(34.0), "fk5"),
    "far from the centre": (wcs_cards((SIDE, SIDE), crpix=(9000.0, 80.0)), "fk5"),
    "galactic": (galactic(crval=(266.0, -55.0)), "galactic"),
    "cylindrical": (wcs_cards((SIDE, SIDE), projection="CAR", crval=(5.0, 0.0)), "fk5"),
}
"""Cards of a map and its frame."""


def place_on(cards: Any, frame: str) -> tuple[float, float]:
    middle = WCS(fits.Header(cards)).wcs_pix2world(SIDE / 2, SIDE / 2, 0)
    icrs = SkyCoord(*middle, unit="deg", frame=frame).icrs
    return float(icrs.ra.deg), float(icrs.dec.deg)


def assert_is_the_truth(sci: fits.ImageHDU, stokes: str, within: float = 1e-5) -> None:
    angle = 2 * (np.radians(ANGLE_DEG) - up_angle(sci.header))
    expected = DEGREE * (np.cos(angle) if stokes == "Q" else np.sin(angle))
    np.testing.assert_allclose(sci.data, expected, rtol=0, atol=within * DEGREE)
    cards = [sci.header.get(name) for name in ("POLTYPE", "POLCCONV", "FLATPOL")]
    assert cards == [stokes, "IAU", None]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("convention", ["IAU", "COSMO"])
@pytest.mark.parametrize("is_flat", [False, True])
@pytest.mark.parametrize("stokes", ["Q", "U"])
def test_a_constant_polarisation_of_a_flat_map_comes_out_against_the_stamps_north(
    tmp_path: Path, grid: str, convention: str, is_flat: bool, stokes: str
) -> None:
    cards, frame = GRIDS[grid]
    path = tmp_path / "282023912_90GHz_psth.fits"
    write_polarised_flat(path, cards, frame=frame, convention=convention, is_flat=is_flat)
    record = record_of(path, stokes)
    sci = turned_stamp(tmp_path, record, place_on(cards, frame), Order.BILINEAR)
    assert_is_the_truth(sci, stokes)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("order", [Order.NEAREST, Order.BICUBIC, Order.ADAPTIVE, Order.EXACT])
def test_every_order_gives_the_same_polarisation(
    tmp_path: Path, order: Order, compressed: bool
) -> None:
    path = tmp_path / "282023912_90GHz_psth.fits"
    write_polarised_flat(path, rotated(34.0), convention="COSMO", compressed=compressed)
    place = place_on(rotated(34.0), "fk5")
    # Over half a pixel north turns by that much.
    within = 2e-4 if order is Order.NEAREST else 1e-5
    assert_is_the_truth(turned_stamp(tmp_path, record_of(path, "U"), place, order), "U", within)


def test_across_a_pole_of_a_flat_map_the_values_are_those_of_the_sky(tmp_path: Path) -> None:
    # Polarised along +y of a stamp at the pole: against north it turns with right ascension.
    cards = wcs_cards((SIDE, SIDE), crval=(40.0, -90.0))
    path = tmp_path / "282023912_90GHz_psth.fits"
    write_polarised_flat(path, cards)
    lon_lat = WCS(fits.Header(cards)).wcs_pix2world(*np.indices((SIDE, SIDE))[::-1], 0)
    tan = WCS(fits.Header(wcs_cards((SIDE, SIDE), projection="TAN", crval=(0.0, -90.0))))
    columns, rows = tan.wcs_world2pix(*lon_lat, 0)
    below, above = (
        SkyCoord(*tan.wcs_pix2world(columns, rows + more, 0), unit="deg", frame="fk5")
        for more in (-1e-3, 1e-3)
    )
    angle = 2 * below.position_angle(above).rad
    with fits.open(path, mode="update") as hdus:
        hdus["Q"].data[:], hdus["U"].data[:] = np.cos(angle), np.sin(angle)
    sci = turned_stamp(tmp_path, record_of(path, "Q"), (0.0, -90.0), Order.BILINEAR)
    np.testing.assert_allclose(sci.data, 1.0, atol=1e-4)


REFUSED: dict[str, Callable[[fits.HDUList], Any]] = {
    "no images of U": lambda hdus: hdus.__delitem__("U"),
    "POLCCONV is missing": lambda hdus: [hdus[name].header.remove("POLCCONV") for name in "QU"],
    "differs in POLCCONV": lambda hdus: hdus["U"].header.set("POLCCONV", "COSMO"),
    "differs in CRPIX1": lambda hdus: hdus["U"].header.set("CRPIX1", 1.0),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_turned_is_refused_by_name_and_stays_native(
    tmp_path: Path, reason: str
) -> None:
    path = tmp_path / "282023912_90GHz_psth.fits"
    write_polarised_flat(path, rotated(34.0))
    with fits.open(path, mode="update") as hdus:
        REFUSED[reason](hdus)
    record = record_of(path, "Q")
    place = place_on(rotated(34.0), "fk5")
    for projection in Projection:
        asked = request_for([place], 12, projection=projection)
        (outcome,) = make(tmp_path / projection, tmp_path, asked, [record]).outcomes
        assert (outcome.status == "ok") is (projection is Projection.NATIVE)
        if projection is Projection.TAN:
            assert "the map holds Q" in str(outcome.reason)
            assert reason in str(outcome.reason)
            assert "native" in str(outcome.reason)
