"""The noise of a map against its weights, measured on the map itself.

Weights are inverse variances up to a factor of the map's own, and pixels that a filter has
mixed are not independent. Both are measured over the observed pixels, robustly, so that
sources do not count: of n = SCI sqrt(WGT) and of its sums and differences at small lags.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Image = NDArray[np.floating]

LAGS = 5
"""Distances [pixel] up to which correlations are measured: those within an interpolation."""

STRIP_ROWS = 32
_MIN_STRIPS, _MAX_STRIPS = 4, 16
_PIXELS = 1 << 21
"""How many a map is measured on, or little more where it is very wide: the scan's memory."""

_MIN_PIXELS = 1000
_MAX_SAMPLES = 1 << 18
_STANDS_OUT, _REACH = 4.0, 6
"""Deviations from which on a pixel shows a source, and how far that reaches [pixel]."""

_RMS_PER_MAD = 1.482602218505602
"""Of normal deviates."""

NOT_MEASURED = ""
"""What is kept of a map without weights, or with too few pixels."""


@dataclass(frozen=True, slots=True)
class MapNoise:
    """What a map's weights have to be multiplied with to give errors.

    Attributes
    ----------
    rms
        Robust standard deviation of SCI sqrt(WGT): 1 where weights are inverse variances
        and the sky adds nothing.
    white
        That of differences of neighbours in a row, over sqrt(2): of the noise that the sky,
        which is smooth, is no part of.
    across, up
        Correlation coefficients of pixels 1 to ``LAGS`` apart in a row, and in a column.
    """

    rms: float
    white: float
    across: tuple[float, ...]
    up: tuple[float, ...]

    def to_text(self) -> str:
        """Write it as JSON."""
        numbers = {"rms": self.rms, "white": self.white}
        lists = {"across": self.across, "up": self.up}
        rounded = {key: [round(each, 6) for each in values] for key, values in lists.items()}
        return json.dumps({key: float(f"{n:.9g}") for key, n in numbers.items()} | rounded)

    @classmethod
    def from_text(cls, text: str | None) -> "MapNoise | None":
        """Read what ``to_text`` wrote; None where nothing was measured."""
        if not text:
            return None
        found = json.loads(text)
        return cls(found["rms"], found["white"], tuple(found["across"]), tuple(found["up"]))


def strip_starts(shape: tuple[int, int]) -> list[int]:
    """First rows of strips that are spread over a map of a shape (ny, nx)."""
    rows, columns = shape
    strips = min(max(_PIXELS // (STRIP_ROWS * columns), _MIN_STRIPS), _MAX_STRIPS)
    step = max(STRIP_ROWS, rows // strips)
    return list(range(min(step // 2, max(0, (rows - STRIP_ROWS) // 2)), rows, step))


def measure_noise(strips: Sequence[tuple[_Image, _Image]]) -> MapNoise | None:
    """Measure the noise of a map on strips of its rows.

    Parameters
    ----------
    strips
        Pixels and weights of each, in rows that follow one another.

    Returns
    -------
    MapNoise or None
        None where fewer than a thousand pixels are observed, or all are alike.
    """
    noises = _blank([_normalised(sci, wgt) for sci, wgt in strips])
    rms = _robust([noise.ravel() for noise in noises])
    white = _robust([(noise[:, 1:] - noise[:, :-1]).ravel() for noise in noises]) / np.sqrt(2)
    if not (rms > 0 and white > 0 and np.isfinite(rms + white)):
        return None
    lags = range(1, LAGS + 1)
    across = tuple(_correlation([(n[:, lag:], n[:, :-lag]) for n in noises]) for lag in lags)
    up = tuple(_correlation([(n[lag:], n[:-lag]) for n in noises]) for lag in lags)
    return MapNoise(float(rms), float(white), across, up)


def _normalised(sci: _Image, wgt: _Image) -> NDArray[np.float64]:
    """Pixels over their errors by weight; NaN where they are not observed."""
    pixels, weights = np.asarray(sci, np.float64), np.asarray(wgt, np.float64)
    observed = (weights > 0) & np.isfinite(pixels) & np.isfinite(weights)
    seen, at = (np.where(observed, each, 0) for each in (pixels, weights))
    return np.where(observed, seen * np.sqrt(at), np.nan)


def _blank(noises: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """The sky without sources: what stands out is NaN, with the pixels around it."""
    spread = _robust([noise.ravel() for noise in noises])
    return [np.where(_widened(np.abs(n) > _STANDS_OUT * spread), np.nan, n) for n in noises]


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    for axis in (0, 1):
        narrow = np.moveaxis(mask, axis, 0)
        wide = narrow.copy()
        for step in range(1, _REACH + 1):
            wide[step:] |= narrow[:-step]
            wide[:-step] |= narrow[step:]
        mask = np.moveaxis(wide, 0, axis)
    return mask


def _robust(values: Sequence[NDArray[np.float64]]) -> float:
    """Standard deviation by the median of absolute deviations; 0 of too few."""
    every = np.concatenate(values) if values else np.empty(0)
    every = every[np.isfinite(every)]
    if every.size < _MIN_PIXELS:
        return 0.0
    every = every[:: -(-every.size // _MAX_SAMPLES)]
    return float(_RMS_PER_MAD * np.median(np.abs(every - np.median(every))))


def _correlation(pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
    """Correlation coefficient by the spreads of sums and of differences.

    References
    ----------
    Gnanadesikan & Kettenring 1972, Biometrics 28, 81.
    """
    plus = _robust([(one + other).ravel() for one, other in pairs]) ** 2
    minus = _robust([(one - other).ravel() for one, other in pairs]) ** 2
    return (plus - minus) / (plus + minus) if plus + minus > 0 else 0.0
