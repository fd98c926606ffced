"""The noise of stamps: measured on their pixels, and as their weights state it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.photometry.flux import error_scale
from sptjobs.cutouts.photometry.flux_units import Quantity, quantity_of
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord

CLIPPED_SIGMA, ROUNDS = 3.0, 3
"""Deviations beyond which a pixel shows more than noise, and how often that is judged."""

DETECTED_SIGMA = 5.0
"""Standard deviations at which a point source counts as detected."""

_RMS_PER_MAD = 1.482602218505602
_KEPT_RMS = 0.9865783925
"""Standard deviation of normal deviates within ``CLIPPED_SIGMA``: 1 without the clipping."""

_MIN_PIXELS = 16
_DIGITS = 6

_Floats = NDArray[np.float64]


class LocalNoise(NamedTuple):
    """The noise of a stamp; None where it is not known.

    Attributes
    ----------
    rms
        Standard deviation of the observed pixels without what stands out [unit of the map].
    depth
        Standard deviation by the median weight and the map's own factor [unit of the map].
    depth_5sigma
        Flux density of a point source at five times that [mJy].
    uniformity
        Smallest over largest weight of all pixels; 0 where a pixel is not observed.
    """

    rms: float | None
    depth: float | None
    depth_5sigma: float | None
    uniformity: float


@dataclass(frozen=True, slots=True)
class NoiseScale:
    """What turns the weights of a map into depths.

    Attributes
    ----------
    factor
        Standard deviation [unit of the map] at a weight of 1; None where weights are not known
        to be inverse variances.
    mjy
        How many mJy a point source of one unit has; None where the unit does not tell.
    """

    factor: float | None
    mjy: float | None

    @classmethod
    def of(cls, record: MapRecord) -> "NoiseScale":
        """Tell those of a map: its noise is taken as that of the weights if nobody measured it."""
        scale = error_scale(record.unit or "", record.weight_unit)
        noise = MapNoise.from_text(record.noise)
        known = record.unit is not None and record.has_weights and scale is not None
        found = quantity_of(record.unit)
        of_sources = found is not None and found[0] is Quantity.FLUX_DENSITY and record.beam_arcmin
        return cls(
            factor=(scale or 1.0) * (1.0 if noise is None else noise.rms) if known else None,
            mjy=found[1] if found is not None and of_sources else None,
        )


def noise_of_all(sci: NDArray[Any], wgt: NDArray[Any], scale: NoiseScale) -> list[LocalNoise]:
    """Measure the noise of stamps of one shape.

    Parameters
    ----------
    sci, wgt
        Pixels and weights (n, ny, nx).

    Returns
    -------
    list of LocalNoise
        The same for a stamp whichever others are beside it.
    """
    values, weights = (_rows(each) for each in (sci, wgt))
    observed = (weights > 0) & np.isfinite(values)
    weights = np.where(observed, weights, 0.0)
    rms = _clipped_rms(np.where(observed, values, np.nan))
    largest = weights.max(axis=1)
    ratio = weights.min(axis=1) / np.where(largest > 0, largest, 1.0)
    median = _medians(np.sort(np.where(observed, weights, np.nan), axis=1))
    columns = _numbers(rms), _numbers(median), _numbers(ratio)
    return [_noise(one, weight, share, scale) for one, weight, share in zip(*columns, strict=True)]


def _noise(
    rms: float | None, weight: float | None, ratio: float | None, scale: NoiseScale
) -> LocalNoise:
    depth = sources = None
    if scale.factor is not None and weight is not None:
        depth = float(f"{scale.factor / weight**0.5:.{_DIGITS}g}")
    if depth is not None and scale.mjy is not None:
        sources = float(f"{DETECTED_SIGMA * depth * scale.mjy:.{_DIGITS}g}")
    return LocalNoise(rms, depth, sources, ratio or 0.0)


def _rows(pixels: NDArray[Any]) -> _Floats:
    return np.ascontiguousarray(pixels.reshape(len(pixels), -1), np.float64)


def _numbers(values: _Floats) -> list[float | None]:
    """Numbers of few digits, which is what the scatter of so few pixels allows."""
    return [float(f"{v:.{_DIGITS}g}") if np.isfinite(v) else None for v in values.tolist()]


def _medians(ordered: _Floats) -> _Floats:
    """Medians of sorted rows, whose NaN stand at the end; NaN of rows of nothing else."""
    count = np.isfinite(ordered).sum(axis=1)
    rows, last = np.arange(len(ordered)), np.maximum(count - 1, 0)
    medians: _Floats = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2
    return medians


def _clipped_rms(values: _Floats) -> _Floats:
    """Standard deviation of each row without what stands out; NaN of too few pixels."""
    middle = _medians(np.sort(values, axis=1))
    away = np.abs(values - middle[:, None])
    rms = _RMS_PER_MAD * _medians(np.sort(away, axis=1))
    for _ in range(ROUNDS):
        kept = away <= CLIPPED_SIGMA * rms[:, None]
        count = np.maximum(kept.sum(axis=1), 1)
        mean = np.where(kept, values, 0.0).sum(axis=1) / count
        squares = np.where(kept, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
        rms = np.where(rms > 0, np.sqrt(squares / count) / _KEPT_RMS, rms)
    few = np.isfinite(values).sum(axis=1) < _MIN_PIXELS
    return np.where(few, np.nan, rms)
