"""The noise of a map against its weights, measured on the map itself.

Weights are inverse variances up to a factor of the map's own, and pixels that a filter has
mixed are not independent. Both are measured over the observed pixels, robustly, so that
sources do not count: of n = SCI sqrt(WGT) and of its sums and differences at small lags.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.sky_positions import Indices

_Image = NDArray[np.floating]
_Noise = NDArray[np.float32]

LAGS = 5
"""Distances [pixel] up to which correlations are measured: those within an interpolation."""

STRIP_ROWS = 32
_MIN_STRIPS, _MAX_STRIPS = 4, 16
_PIXELS = 1 << 21
"""How many a map is measured on, or little more where it is very wide: the scan's memory."""

_MIN_PIXELS = 1000
_MAX_SAMPLES = 1 << 17
"""A spread of so many independent pixels is known to 0.3 percent."""
_GOLDEN = 1.618033988749895
"""The number furthest from all fractions: steps by it keep no rhythm."""
_STANDS_OUT, _REACH = 4.0, 6
"""Deviations from which on a pixel shows a source, and how far that reaches [pixel]."""

_UNOBSERVED = np.float32(np.nan)
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
    columns = _columns(noises)
    rms = _robust(_some(noises, columns))
    right, left = [n[:, 1:] for n in noises], [n[:, :-1] for n in noises]
    white = _robust(_sums_and_differences(right, left, columns)[1]) / np.sqrt(2)
    if not (rms > 0 and white > 0 and np.isfinite(rms + white)):
        return None
    across, up = [], []
    for lag in range(1, LAGS + 1):
        across.append(
            _correlation([n[:, lag:] for n in noises], [n[:, :-lag] for n in noises], columns)
        )
        up.append(_correlation([n[lag:] for n in noises], [n[:-lag] for n in noises], columns))
    return MapNoise(float(rms), float(white), tuple(across), tuple(up))


def _columns(noises: Sequence[_Noise]) -> list[Indices]:
    """Columns of each strip that are looked at, so that about ``_MAX_SAMPLES`` pixels are.

    They are in no rhythm that pixels could have.
    """
    observed = sum(np.count_nonzero(np.isfinite(noise)) for noise in noises)
    parts = -(-observed // _MAX_SAMPLES)
    step = 1.0 if parts <= 1 else parts + _GOLDEN - 1
    found, first = [], 0
    for noise in noises:
        end = first + noise.shape[1]
        places = np.arange(math.ceil(first / step), math.ceil(end / step)) * step
        found.append(places.astype(np.int64) - first)
        first = end
    return found


def _normalised(sci: _Image, wgt: _Image) -> _Noise:
    """Pixels over their errors by weight; NaN where they are not observed."""
    pixels, weights = np.asarray(sci, np.float64), np.asarray(wgt, np.float64)
    observed = (weights > 0) & np.isfinite(pixels) & np.isfinite(weights)
    seen, at = (np.where(observed, each, 0) for each in (pixels, weights))
    # Four bytes hold what is in units of its error; where they do not, it is none.
    with np.errstate(over="ignore"):
        return np.where(observed, seen * np.sqrt(at), np.nan).astype(np.float32)


def _blank(noises: Sequence[_Noise]) -> list[_Noise]:
    """The sky without sources: what stands out is NaN, with the pixels around it."""
    spread = _robust(_some(noises, _columns(noises)))
    return [np.where(_widened(np.abs(n) > _STANDS_OUT * spread), _UNOBSERVED, n) for n in noises]


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    for axis in (0, 1):
        narrow = np.moveaxis(mask, axis, 0)
        wide = narrow.copy()
        for step in range(1, _REACH + 1):
            wide[step:] |= narrow[:-step]
            wide[:-step] |= narrow[step:]
        mask = np.moveaxis(wide, 0, axis)
    return mask


def _robust(values: Sequence[_Noise]) -> float:
    """Standard deviation by the median of absolute deviations; 0 of too few."""
    found = np.concatenate([each.ravel() for each in values]) if values else np.empty(0)
    found = found[np.isfinite(found)]
    if found.size < _MIN_PIXELS:
        return 0.0
    return float(_RMS_PER_MAD * np.median(np.abs(found - np.median(found))))


def _some(strips: Sequence[_Noise], columns: Sequence[Indices]) -> list[_Noise]:
    """Those of the columns that there are."""
    return [
        strip[:, some[some < strip.shape[1]]] for strip, some in zip(strips, columns, strict=True)
    ]


def _sums_and_differences(
    ones: Sequence[_Noise], others: Sequence[_Noise], columns: Sequence[Indices]
) -> tuple[list[_Noise], list[_Noise]]:
    pairs = list(zip(_some(ones, columns), _some(others, columns), strict=True))
    return [one + other for one, other in pairs], [one - other for one, other in pairs]


def _correlation(
    ones: Sequence[_Noise], others: Sequence[_Noise], columns: Sequence[Indices]
) -> float:
    """Correlation coefficient by the spreads of sums and of differences.

    References
    ----------
    Gnanadesikan & Kettenring 1972, Biometrics 28, 81.
    """
    sums, differences = _sums_and_differences(ones, others, columns)
    plus, minus = _robust(sums) ** 2, _robust(differences) ** 2
    return (plus - minus) / (plus + minus) if plus + minus > 0 else 0.0
