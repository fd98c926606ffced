"""The sky that a map covers, as polygons around its observed pixels."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.formats.outline import Points, outline, parts_of
from sptjobs.formats.sky_positions import SkyFrame

SkyPolygon = tuple[tuple[float, float], ...]

MAX_CORNERS = 64
"""Corners of a polygon before those that its great circles need."""

_WIDEST_DEG = 60.0
_SAG_CELLS = 0.25
_MAX_HALVINGS = 6


def footprint(
    blocks: NDArray[np.bool_], wcs: WCS, frame: SkyFrame, step: int = 1
) -> tuple[SkyPolygon, ...]:
    """Polygons that together contain every observed pixel's centre.

    They reach over the observed pixels by no more than a few pixels, or a few
    thousandths of the map's size in maps of more than 1024 pixels a side; holes
    count as covered. A part too wide for one polygon is cut into several.

    Parameters
    ----------
    blocks
        Whether any pixel of each block is observed.
    wcs
        Projection of the map's pixels to the sky.
    frame
        What the projection's positions are in.
    step
        Pixels along a side of a block.

    Returns
    -------
    tuple of polygons
        (ra, dec) [deg, ICRS] of corners joined by great circles,
        counter-clockwise seen from inside the sphere.

    References
    ----------
    IVOA STC-S 1.33 and DALI 1.1, section 3.3.7, for the sense of polygons.
    """
    sky = PlacedBlocks(wcs, frame, step)
    polygons = []
    for part in parts_of(blocks):
        for piece in _pieces(part, sky):
            corners, _ = outline(piece, MAX_CORNERS)
            polygons.append(_polygon(sky, _with_bends(sky, corners), piece))
    return tuple(polygons)


class PlacedBlocks:
    """Places points, given in cells of the coverage, on the sky."""

    def __init__(self, wcs: WCS, frame: SkyFrame, step: int) -> None:
        self._wcs, self._step = wcs.deepcopy(), step
        # An outline may reach over the meridian where a cylindrical map closes.
        self._wcs.wcs.bounds_check(False, False)
        self._to_icrs = _to_icrs(frame)

    def directions(self, points: Points) -> Points:
        """Unit vectors [ICRS] of points (x, y); NaN where the projection ends."""
        lon, lat = np.radians(self._wcs.wcs_pix2world(points * self._step - 0.5, 0)).T
        flat = np.cos(lat)
        vectors = np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=-1)
        return self._to_icrs(vectors)


@lru_cache
def _to_icrs(frame: SkyFrame) -> Callable[[Points], Points]:
    """What turns unit vectors of a frame into ICRS ones."""
    known = frame.to_astropy()

    def transformed(vectors: Points) -> Points:
        sky = SkyCoord(*vectors.T, frame=known, representation_type="cartesian").icrs
        return np.asarray(sky.cartesian.xyz.value.T)

    if frame.name == "FK4":
        # Its E-terms of aberration are no rotation.
        return transformed
    rotation = transformed(np.eye(3))
    return lambda vectors: np.asarray(vectors @ rotation)


def _angles(directions: Points) -> tuple[Points, Points]:
    x, y, z = directions.T
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))


def _pieces(part: NDArray[np.bool_], sky: PlacedBlocks) -> list[NDArray[np.bool_]]:
    """Halve a part until none is wider than a polygon may be."""
    rows, columns = np.nonzero(part)
    some = slice(None, None, max(1, rows.size // 2000))
    directions = sky.directions(np.stack([columns[some] + 0.5, rows[some] + 0.5], axis=-1))
    directions = directions[np.isfinite(directions[:, 0])]
    middle = directions.mean(axis=0)
    length = float(np.hypot(*middle[:2]) + abs(middle[2]))
    widest = (directions @ middle).min() / max(float(np.linalg.norm(middle)), 1e-12)
    if (length > 1e-3 and widest > np.cos(np.radians(_WIDEST_DEG))) or rows.size < 16:
        return [part]
    halves = [np.zeros_like(part), np.zeros_like(part)]
    if np.ptp(columns) >= np.ptp(rows):
        cut = (int(columns.min()) + int(columns.max()) + 1) // 2
        halves[0][:, :cut], halves[1][:, cut:] = part[:, :cut], part[:, cut:]
    else:
        cut = (int(rows.min()) + int(rows.max()) + 1) // 2
        halves[0][:cut], halves[1][cut:] = part[:cut], part[cut:]
    return [p for half in halves for one in parts_of(half) for p in _pieces(one, sky)]


def _with_bends(sky: PlacedBlocks, corners: Points) -> Points:
    """Add corners where a straight side of the map is no great circle."""
    bent = [corners[0]]
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        bent += _bends(sky, begin, end, _MAX_HALVINGS)
        bent.append(end)
    return np.array(bent[:-1])


def _bends(sky: PlacedBlocks, begin: Points, end: Points, halvings: int) -> list[Points]:
    middle = (begin + end) / 2
    directions = sky.directions(np.stack([begin, middle, end]))
    if halvings == 0 or not np.isfinite(directions).all():
        return []
    chord = directions[0] + directions[2]
    sag = np.linalg.norm(directions[1] - chord / max(float(np.linalg.norm(chord)), 1e-9))
    cell = np.linalg.norm(directions[2] - directions[0]) / np.linalg.norm(end - begin)
    if sag <= _SAG_CELLS * cell:
        return []
    left = _bends(sky, begin, middle, halvings - 1)
    return [*left, middle, *_bends(sky, middle, end, halvings - 1)]


def _polygon(sky: PlacedBlocks, corners: Points, piece: NDArray[np.bool_]) -> SkyPolygon:
    directions = sky.directions(corners)
    lost = ~np.isfinite(directions[:, 0])
    if lost.any():
        # The outline reaches over the projection's end: take the nearest cell there is.
        rows, columns = np.nonzero(piece)
        cells = np.stack([columns + 0.5, rows + 0.5], axis=-1)
        cells = cells[np.isfinite(sky.directions(cells)[:, 0])]
        for i in np.flatnonzero(lost):
            nearest = cells[np.argmin(np.hypot(*(cells - corners[i]).T))]
            directions[i] = sky.directions(nearest[None, :])[0]
    ra, dec = _angles(directions)
    polygon = [(round(float(a), 7), round(float(d), 7)) for a, d in zip(ra, dec, strict=True)]
    return tuple(polygon if _is_counter_clockwise(directions) else polygon[::-1])


def _is_counter_clockwise(directions: Points) -> bool:
    """Whether corners run counter-clockwise seen from inside the sphere.

    From inside, with north up, east is to the left: this is the sense of the sky.
    """
    centre = directions.mean(axis=0)
    crosses = np.cross(directions, np.roll(directions, -1, axis=0)).sum(axis=0)
    # Counter-clockwise seen from outside gives a vector along the centre.
    return bool(crosses @ centre < 0)
