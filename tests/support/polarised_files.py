"""Files with several planes of polarisation as other programs write them, by astropy alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from tests.support.small_maps import wcs_cards

SHAPE = (60, 70)
COMMON: Mapping[str, Any] = {
    "FIELD": "a",
    "BAND": "90GHz",
    "DATE-BEG": "2019-03-01T06:00:00",
    "DATE-END": "2019-03-01T08:00:00",
    "POLCCONV": "IAU",
}
CODES = {"I": 1, "Q": 2, "U": 3, "V": 4, "RR": -1, "LL": -2, "RL": -3, "LR": -4}


def planes(*states: str, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Pixels of planes, each with others."""
    rng = np.random.default_rng(seed)
    return {state: rng.normal(size=SHAPE).astype("f4") for state in states}


def header(**more: Any) -> fits.Header:
    """Cards of a plane's grid and of what the map is."""
    return fits.Header(dict(wcs_cards(SHAPE)) | dict(COMMON) | more)


def write(path: Path, *images: Any) -> Path:
    """Write images behind an empty primary HDU."""
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(path, overwrite=True)
    return path


def image(pixels: NDArray[Any], name: str | None = None, **cards: Any) -> fits.ImageHDU:
    """An image on the grid."""
    return fits.ImageHDU(pixels, header(**cards), name=name)


def cube_cards(
    states: tuple[str, ...],
    axis: int = 3,
    crpix: float = 1.0,
) -> dict[str, Any]:
    """Cards of an axis of polarisation along which states stand in this order, evenly."""
    numbers = [CODES[state] for state in states]
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    assert numbers == [numbers[0] + step * i for i in range(len(numbers))]
    about = {"CTYPE": "STOKES", "CDELT": step, "CRPIX": crpix, "CUNIT": ""}
    about["CRVAL"] = numbers[0] + step * (crpix - 1)
    return {f"{name}{axis}": value for name, value in about.items()}


def one_weight(name: str) -> Any:
    """Weights of 2 everywhere."""
    return image(np.full(SHAPE, 2.0, "f4"), name, ISWEIGHT=True)
