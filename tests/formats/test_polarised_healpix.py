"""Q and U of HEALPix maps: turned to the stamp's north, whatever convention and frame."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from sptjobs.archive.scan import Refusal, scan
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order, Projection
from tests.support.cutting import make
from tests.support.healpix_maps import write_healpix
from tests.support.polarised_skies import ANGLE_DEG, DEGREE, NSIDE, sky, write_polarised
from tests.support.small_maps import request_for


def catalogued(folder: Path, stokes: str) -> MapRecord | Refusal:
    (folder / "collection.toml").write_text(
        f'name = "a"\n[[map]]\nfiles = "*"\nimage = "{stokes}"\n'
    )
    (found,) = scan(folder, {})
    return found


def up_angle(header: Any) -> NDArray[Any]:
    """Position angle of +y at each pixel, from ICRS north to east, by wcslib and astropy."""
    rows, columns = np.indices((header["NAXIS2"], header["NAXIS1"]), dtype=float)
    here, there = (
        SkyCoord(
            *map_wcs(header).wcs_pix2world(columns.ravel(), rows.ravel() + more, 0), unit="deg"
        )
        for more in (-1e-3, 1e-3)
    )
    return np.asarray(here.position_angle(there).rad.reshape(rows.shape))


@pytest.mark.parametrize("frame", ["C", "G"])
@pytest.mark.parametrize("convention", ["IAU", "COSMO", None])
@pytest.mark.parametrize("stokes", ["Q", "U"])
@pytest.mark.parametrize("place", [(0.0, -57.0), (359.9, 5.0), (266.4, -28.9)])
def test_a_constant_polarisation_comes_out_against_the_stamps_north(
    tmp_path: Path, frame: str, convention: str | None, stokes: str, place: tuple[float, float]
) -> None:
    write_polarised(tmp_path / "a.fits", frame, convention)
    record = catalogued(tmp_path, stokes)
    assert isinstance(record, MapRecord), record
    request = request_for([place], 500, projection=Projection.TAN, order=Order.BILINEAR)
    made = make(tmp_path / "job", tmp_path, request, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        header = stamp["SCI"].header
        angle = 2 * (np.radians(ANGLE_DEG) - up_angle(header))
        expected = DEGREE * (np.cos(angle) if stokes == "Q" else np.sin(angle))
        assert np.abs(stamp["SCI"].data - expected).max() < 0.02 * DEGREE
        centre = tuple(side // 2 for side in stamp["SCI"].data.shape)
        twice = 2 * np.radians(ANGLE_DEG)
        at_target = DEGREE * (np.cos(twice) if stokes == "Q" else np.sin(twice))
        assert stamp["SCI"].data[centre] == pytest.approx(at_target, abs=0.01 * DEGREE)
        assert (header["POLTYPE"], header["POLCCONV"]) == (stokes, "IAU")


def test_across_a_pole_a_uniform_field_stays_uniform(tmp_path: Path) -> None:
    # Polarised along one direction of the sky: against north it turns once with RA.
    places = sky("C")
    up = SkyCoord(0, 0, unit="deg")
    angle = 2 * places.position_angle(up).rad
    columns = {"Q": np.cos(angle), "U": np.sin(angle), "WEIGHT": np.ones(len(angle))}
    write_healpix(tmp_path / "a.fits", NSIDE, columns, cards={"POLCCONV": "IAU"})
    record = catalogued(tmp_path, "Q")
    assert isinstance(record, MapRecord), record
    request = request_for([(0.0, 90.0)], 500, projection=Projection.TAN)
    made = make(tmp_path / "job", tmp_path, request, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        assert np.ptp(stamp["SCI"].data) < 0.02
        assert stamp["SCI"].data.mean() == pytest.approx(1.0, abs=0.01)


def test_q_without_u_is_refused(tmp_path: Path) -> None:
    values = np.ones(12 * NSIDE**2)
    write_healpix(tmp_path / "a.fits", NSIDE, {"Q": values, "WEIGHT": values})
    found = catalogued(tmp_path, "Q")
    assert isinstance(found, Refusal)
    assert "only with a column U" in found.reason
