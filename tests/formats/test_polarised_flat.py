"""Flat maps with images of T, Q and U: each is cut as it is, and Q and U are not turned unasked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from tests.support.cutting import make
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import MIDDLE, SHAPE, box_of

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


@pytest.mark.parametrize("by_card", [True, False])
@pytest.mark.parametrize("order", [Order.BILINEAR, Order.EXACT])
def test_north_up_stamps_of_q_and_u_are_refused_by_name_and_those_of_t_are_made(
    tmp_path: Path, order: Order, by_card: bool
) -> None:
    maps = polarised_map(tmp_path, by_card=by_card)
    asked = asked_for(maps["T"], projection=Projection.TAN, order=order)
    made = make(tmp_path / "job", tmp_path, asked, list(maps.values()))
    statuses = {outcome.obsid: outcome.status for outcome in made.outcomes}
    assert statuses == {"T": "ok", "Q": "failed", "U": "failed"}
    reasons = {outcome.obsid: str(outcome.reason) for outcome in made.outcomes}
    assert all(f"the map holds {name}" in reasons[name] for name in ("Q", "U"))
    assert "native" in reasons["Q"]
    with made.stamp(made.outcomes[0]) as stamp:
        np.testing.assert_allclose(stamp["SCI"].data, STOKES["T"], rtol=1e-6)
