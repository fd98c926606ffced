"""Where a simulated map is observed, and how well."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sptjobs.simulation.grid import SCALE_ARCMIN, Floats, Window, grid_to_sky, sky_to_grid
from sptjobs.simulation.survey import SimulatedField

HOLE_RADIUS_ARCMIN = 5.0
"""Radius of the holes in a map's coverage [arcmin]."""

Holes = tuple[tuple[float, float], ...]

_HOLES = 3
_TAPER_DEG = 0.25
_STEPS = 16
_CHUNK_ROWS = 128


def place_holes(field: SimulatedField, avoid: list[tuple[float, float]], seed: int) -> Holes:
    """Centres (x, y) of a field's holes on the grid [pixels].

    Parameters
    ----------
    avoid
        Positions [deg, ICRS] to which no hole comes nearer than 20 arcmin.
    """
    random = np.random.default_rng([seed, 4, *field.name.encode()])
    area = field.area
    kept = np.stack(sky_to_grid(*np.array(avoid).T), axis=-1)
    holes: list[Floats] = []
    while len(holes) < _HOLES:
        ra = random.uniform(0.9 * area.ra_min, 0.9 * area.ra_max) % 360
        dec = random.uniform(area.dec_min + 0.2, area.dec_max - 0.2)
        hole = np.array(sky_to_grid(ra, dec))
        if np.hypot(*(kept - hole).T).min() > 20 / SCALE_ARCMIN:
            holes.append(hole)
    return tuple((float(x), float(y)) for x, y in holes)


@lru_cache(maxsize=3)
def relative_weight(field: SimulatedField, rows: Window, holes: Holes) -> NDArray[np.float32]:
    """Weight over that of the best observed pixels, 0 where nothing is observed.

    Scans turn around at the area's east and west sides, where the weight falls
    off; alternate bands of rows are a tenth shallower. The result is kept for the
    next band of the instrument, and read-only.
    """
    weight = np.empty((rows.ny, rows.nx), np.float32)
    for low in range(0, rows.ny, _CHUNK_ROWS):
        height = min(_CHUNK_ROWS, rows.ny - low)
        chunk = Window(rows.x0, rows.y0 + low, rows.nx, height)
        weight[low : low + height] = _weight_of_chunk(field, chunk, holes)
    weight.setflags(write=False)
    return weight


def _weight_of_chunk(field: SimulatedField, rows: Window, holes: Holes) -> Floats:
    x = np.arange(rows.x0, rows.x0 + rows.nx) + 0.5
    y = np.arange(rows.y0, rows.y0 + rows.ny) + 0.5
    ra, dec = grid_to_sky(x[None, :], y[:, None])
    area = field.area
    inward = np.minimum(ra - area.ra_min, area.ra_max - ra) / _TAPER_DEG
    weight = np.ceil(np.clip(inward, 0, 1) * _STEPS) / _STEPS
    weight *= (dec > area.dec_min) & (dec < area.dec_max)
    weight *= np.where(np.floor(y / 32) % 2 == 0, 1.0, 0.9)[:, None]
    reach = HOLE_RADIUS_ARCMIN / SCALE_ARCMIN
    for hole in holes:
        if not y[0] - reach < hole[1] < y[-1] + reach:
            continue
        distance = np.hypot(x[None, :] - hole[0], y[:, None] - hole[1])
        weight[distance < reach] = 0
    return np.asarray(weight)
