"""Bilinear interpolation between the pixels of the two rings around a place.

``astropy_healpix.bilinear_interpolation_weights`` 2.0.1 gives infinite shares between the last
and the first pixel of a ring, where the right ascension is 0.

References
----------
Gorski et al. 2005, ApJ 622, 759, section 5.1 (rings); healpy's ``get_interp_weights``, whose
results these are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.sky_positions import Floats, Indices


class _Ring(NamedTuple):
    """Rings of pixels.

    Attributes
    ----------
    first, size
        Number of the first pixel, and how many there are.
    theta
        Colatitude [rad].
    shift
        How far the first centre lies from longitude 0 [pixel].
    """

    first: Indices
    size: Indices
    theta: Floats
    shift: Floats


def ring_neighbours(nside: int, phi: Floats, theta: Floats) -> tuple[Indices, Floats]:
    """Pixels in RING order around places, and their shares: (4, ...) each.

    Parameters
    ----------
    phi, theta
        Longitudes and colatitudes [rad].
    """
    above = _ring_above(nside, np.cos(theta))
    # Beyond the outermost rings there is none: it stands for the four pixels around the pole.
    north, south = above < 1, above >= 4 * nside - 1
    upper, lower = (_ring(nside, np.clip(above + i, 1, 4 * nside - 1)) for i in (0, 1))
    pixels, shares = (
        np.concatenate(each) for each in zip(_along(upper, phi), _along(lower, phi), strict=True)
    )
    top, bottom = np.where(north, 0.0, upper.theta), np.where(south, np.pi, lower.theta)
    down = (theta - top) / (bottom - top)
    shares[:2] *= np.where(north, 0.0, 1 - down)
    shares[2:] *= np.where(south, 0.0, down)
    _around_pole(pixels[:2], pixels[2:], shares, north, 1 - down)
    _around_pole(pixels[2:], pixels[:2], shares, south, down)
    return pixels, shares


def _ring_above(nside: int, z: Floats) -> Indices:
    """Number of the ring north of a height, from 1; 0 north of all."""
    near_pole = np.abs(z) > 2 / 3
    cap = np.floor(nside * np.sqrt(3 * (1 - np.abs(z)))).astype(np.int64)
    belt = np.floor(nside * (2 - 1.5 * z)).astype(np.int64)
    return np.where(near_pole, np.where(z > 0, cap, 4 * nside - cap - 1), belt)


def _ring(nside: int, number: Indices) -> _Ring:
    """About rings of numbers from 1 to 4 NSIDE - 1."""
    from_pole = np.minimum(number, 4 * nside - number)
    in_cap = from_pole < nside
    depth = (from_pole / nside) ** 2 / 3
    height = np.where(in_cap, 1 - depth, (2 * nside - from_pole) * 2 / (3 * nside))
    # Near the pole the cosine tells little of the angle.
    across = np.where(in_cap, np.sqrt(depth * (2 - depth)), np.sqrt(1 - height**2))
    theta = np.arctan2(across, height)
    count = np.where(in_cap, 4 * from_pole, 4 * nside)
    belt = 2 * nside * (nside - 1) + (from_pole - nside) * 4 * nside
    first = np.where(in_cap, 2 * from_pole * (from_pole - 1), belt)
    is_south = number != from_pole
    shift = np.where(in_cap | ((from_pole - nside) % 2 == 0), 0.5, 0.0)
    return _Ring(
        np.where(is_south, 12 * nside**2 - first - count, first),
        count,
        np.where(is_south, np.pi - theta, theta),
        shift,
    )


def _along(ring: _Ring, phi: Floats) -> tuple[Indices, Floats]:
    """The pixels of a ring on both sides of a longitude, and their shares: (2, ...)."""
    place = phi / (2 * np.pi) * ring.size - ring.shift
    before = np.floor(place)
    share = place - before
    pixels = (before.astype(np.int64) + np.array([0, 1]).reshape(2, *(1,) * phi.ndim)) % ring.size
    return ring.first + pixels, np.stack([1 - share, share])


def _around_pole(
    missing: Indices, there: Indices, shares: Floats, where: NDArray[np.bool_], pole: Floats
) -> None:
    """Share out, among the four pixels around a pole, what the ring beyond it would have."""
    shares[:, where] += pole[where] / 4
    # The four follow one another, and two of them are opposite to the other two.
    first = there[:, where] // 4 * 4
    missing[:, where] = first + (there[:, where] - first + 2) % 4
