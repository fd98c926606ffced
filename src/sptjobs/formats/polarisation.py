"""Linear polarisation, Q and U, against north towards another pole.

References
----------
Hamaker & Bregman 1996, A&AS 117, 161: the convention of the IAU.
"""

import numpy as np

from sptjobs.formats.map_content import Pixels
from sptjobs.formats.sky_positions import Floats


def turned(
    stokes: str,
    pair: tuple[Pixels, Pixels],
    directions: Floats,
    poles: tuple[Floats, Floats],
    *,
    is_iau: bool,
) -> Floats:
    """Give ``Q`` or ``U`` against north towards another pole, by the convention of the IAU.

    Parameters
    ----------
    stokes
        Which of the two is meant.
    pair
        That one, and the other, against north towards the first pole: (...).
    directions
        Vectors of where they are: (3, ...), of length 1.
    poles
        Vectors towards which north is: of the pair, and of what is asked for, each (3, ...).
    is_iau
        Whether the angles of the pair grow from north to east; else, as COSMO has it, from south
        to east, which gives U the other sign.
    """
    return turned_by(stokes, pair, double_angle(directions, poles), is_iau=is_iau)


def double_angle(directions: Floats, poles: tuple[Floats, Floats]) -> Floats:
    """Twice the position angle of the first pole, from north towards the second to the east.

    Parameters
    ----------
    directions, poles
        As ``turned`` has them.
    """
    old, new = (pole - (pole * directions).sum(axis=0) * directions for pole in poles)
    east = np.cross(new, directions, axis=0)
    return np.asarray(2 * np.arctan2((old * east).sum(axis=0), (old * new).sum(axis=0)))


def turned_by(stokes: str, pair: tuple[Pixels, Pixels], angle: Floats, *, is_iau: bool) -> Floats:
    """Give ``Q`` or ``U`` against another north, by twice the angle that it is turned by."""
    q, u = pair if stokes == "Q" else pair[::-1]
    iau = u if is_iau else -u
    if stokes == "Q":
        return np.asarray(q * np.cos(angle) - iau * np.sin(angle))
    return np.asarray(iau * np.cos(angle) + q * np.sin(angle))
