from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from sptjobs.formats.outline import parts_of
from sptjobs.formats.polygons import SkyPolygon, footprint
from sptjobs.formats.sky_positions import SkyFrame

Mask = NDArray[np.bool_]


def make_wcs(
    projection: str, shape: tuple[int, int], ra: float, dec: float, scale: float = 0.25 / 60
) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{projection}", f"DEC--{projection}"]
    wcs.wcs.cdelt = [-scale, scale]
    cylindrical = projection in {"CAR", "SFL"}
    wcs.wcs.crval = [ra, 0.0 if cylindrical else dec]
    offset = dec / scale if cylindrical else 0.0
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2 - offset]
    wcs.wcs.radesys = "FK5"
    wcs.wcs.equinox = 2000.0
    wcs.wcs.set()
    return wcs


def covered(mask: Mask, wcs: WCS, step: int = 1) -> tuple[SkyPolygon, ...]:
    tall = np.logical_or.reduceat(mask, np.arange(0, mask.shape[0], step), axis=0)
    blocks = np.logical_or.reduceat(tall, np.arange(0, mask.shape[1], step), axis=1)
    return footprint(blocks, wcs, SkyFrame("FK5"), step)


def vectors(ra: Any, dec: Any) -> NDArray[np.float64]:
    ra, dec = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def pixels(wcs: WCS, mask: Mask) -> NDArray[np.float64]:
    """Unit vectors [ICRS] of the centres of a mask's pixels, by astropy."""
    y, x = np.nonzero(mask)
    lon, lat = wcs.all_pix2world(x, y, 0)
    place = SkyCoord(lon, lat, unit="deg", frame="fk5").icrs
    return vectors(place.ra.deg, place.dec.deg)


def inside(polygon: SkyPolygon, points: NDArray[np.float64]) -> Mask:
    """Whether points lie in a polygon of great circles less than a hemisphere wide."""
    corners = vectors(*np.array(polygon).T)
    centre = corners.mean(axis=0)
    centre /= np.linalg.norm(centre)
    east = np.cross([0.3, 0.5, 0.81], centre)
    east /= np.linalg.norm(east)
    axes = np.stack([east, np.cross(centre, east)])
    ahead = points @ centre > 1e-6
    plane = (points @ axes.T) / np.where(ahead, points @ centre, 1)[:, None]
    flat = (corners @ axes.T) / (corners @ centre)[:, None]
    crossings = np.zeros(len(points), int)
    for (x0, y0), (x1, y1) in zip(flat, np.roll(flat, -1, axis=0), strict=True):
        spans = (y0 <= plane[:, 1]) != (y1 <= plane[:, 1])
        if y0 != y1:
            at = x0 + (plane[:, 1] - y0) * (x1 - x0) / (y1 - y0)
            crossings += spans & (at > plane[:, 0])
    return np.asarray(ahead & (crossings % 2 == 1))


def in_any(polygons: tuple[SkyPolygon, ...], points: NDArray[np.float64]) -> Mask:
    return np.asarray(np.any([inside(polygon, points) for polygon in polygons], axis=0))


def signed_area(polygon: SkyPolygon) -> float:
    """Positive where corners run from north over east, to the left on the sky, to south."""
    corners = np.array(polygon)
    dec0 = np.radians(corners[:, 1].mean())
    ra = (corners[:, 0] - corners[0, 0] + 180) % 360 - 180
    left, up = ra * np.cos(dec0), corners[:, 1]
    # On the sky x grows to the right, which is west.
    x = -left
    return float(np.sum(x * np.roll(up, -1) - np.roll(x, -1) * up))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Unions of a few rectangles and discs, some with holes."""
    ny, nx = draw(st.integers(20, 140)), draw(st.integers(20, 140))
    y, x = np.mgrid[:ny, :nx]
    mask = np.zeros((ny, nx), bool)
    for _ in range(draw(st.integers(1, 3))):
        x0, y0 = draw(st.integers(0, nx - 5)), draw(st.integers(0, ny - 5))
        mask[y0 : y0 + draw(st.integers(1, ny)), x0 : x0 + draw(st.integers(1, nx))] = True
    cx, cy = draw(st.integers(0, nx)), draw(st.integers(0, ny))
    disc = np.hypot(x - cx, y - cy) < draw(st.integers(0, 40))
    mask = mask & ~disc if draw(st.booleans()) else mask | disc
    return np.asarray(mask if mask.any() else ~mask)


@settings(max_examples=60, deadline=None)
@given(
    masks(),
    st.sampled_from(["ZEA", "TAN", "SFL", "CAR"]),
    st.floats(0, 359.9),
    st.floats(-85, 20),
    st.integers(1, 5),
)
def test_every_observed_pixel_is_inside_and_little_else(
    mask: Mask, projection: str, ra: float, dec: float, step: int
) -> None:
    wcs = make_wcs(projection, mask.shape, ra, dec)
    polygons = covered(mask, wcs, step)
    assert in_any(polygons, pixels(wcs, mask)).all()
    assert all(len(polygon) <= 80 for polygon in polygons)
    assert all(signed_area(polygon) > 0 for polygon in polygons)
    # Holes count as covered; what is far from everything does not.
    solid = np.logical_or.reduce(parts_of(mask))
    far = ndimage.distance_transform_edt(~solid) > 8 * step
    if far.any():
        assert not in_any(polygons, pixels(wcs, far)).any()


@pytest.mark.parametrize("projection", ["ZEA", "TAN", "STG"])
def test_a_polygon_may_hold_the_pole(projection: str) -> None:
    mask = np.ones((60, 90), bool)
    wcs = make_wcs(projection, mask.shape, 10, -89.9)
    polygons = covered(mask, wcs)
    assert in_any(polygons, pixels(wcs, mask)).all()
    assert in_any(polygons, vectors(np.array([0.0]), np.array([-90.0]))).all()


def test_long_parallels_are_followed() -> None:
    """A straight side of a CAR map is far from a great circle."""
    mask = np.zeros((80, 400), bool)
    mask[20:60, 10:390] = True
    wcs = make_wcs("CAR", mask.shape, 0, -57.5, scale=0.25)
    polygons = covered(mask, wcs)
    assert in_any(polygons, pixels(wcs, mask)).all()
    far = ndimage.distance_transform_edt(~mask) > 8
    assert not in_any(polygons, pixels(wcs, far)).any()


@pytest.mark.parametrize("projection", ["CAR", "SFL"])
def test_a_map_all_around_the_sky_gets_several_polygons(projection: str) -> None:
    mask = np.zeros((90, 180), bool)
    mask[20:40] = True
    wcs = make_wcs(projection, mask.shape, 180, 0, scale=2.0)
    if projection == "SFL":
        y, x = np.indices(mask.shape)
        mask &= np.abs(x - 89.5) < 88 * np.cos(np.radians((y - 44.5) * 2))
    polygons = covered(mask, wcs)
    assert len(polygons) > 1
    assert in_any(polygons, pixels(wcs, mask)).all()


def test_salt_and_pepper_stays_simple() -> None:
    mask = np.random.default_rng(1).uniform(size=(300, 300)) < 0.01
    wcs = make_wcs("ZEA", mask.shape, 0, -57.5)
    polygons = covered(mask, wcs)
    assert len(polygons) <= 8
    assert sum(map(len, polygons)) < 1000
    assert in_any(polygons, pixels(wcs, mask)).all()


def test_one_pixel_is_enough() -> None:
    mask = np.zeros((9, 9), bool)
    mask[0, 8] = True
    wcs = make_wcs("ZEA", mask.shape, 0, -57.5)
    (polygon,) = covered(mask, wcs)
    assert inside(polygon, pixels(wcs, mask)).all()
