"""The flux density of a point source at a target on a map, and why there is none."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from astropy import units

from sptjobs.cutouts.photometry.beam_stamp import BeamStamp, MeasuredPeak
from sptjobs.cutouts.photometry.flux_units import Quantity, mjy_per_mk, quantity_of
from sptjobs.cutouts.photometry.interpolation import TAPS, interpolate_peak
from sptjobs.cutouts.photometry.template_fit import APERTURE_FWHM, fit_peak
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget
from sptjobs.forecast.local_scale import pixel_sides_of
from sptjobs.formats.map_content import MapWindow
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.map_noise import MapNoise
from sptjobs.formats.placement import Need
from sptjobs.maps.polarisation_plane import INTENSITY
from sptjobs.maps.record import MapRecord

INTERPOLATED, FITTED = "interpolated", "fitted"
"""How a flux density was measured: in a map of it, or in a map of temperature."""

PARTIAL, BY_WEIGHTS, NO_ERROR = "partial", "by-weights", "no-error"
"""Flags: pixels in the aperture are missing; the map's own noise was not measured, so that
the error is by the weights alone; the weights are not confirmed, and give no error."""

FLAGS = (PARTIAL, BY_WEIGHTS, NO_ERROR)

_LEAST_COVERAGE = {INTERPOLATED: 1.0, FITTED: 0.75}
"""Share of the beam that has to be observed: nothing is interpolated over a hole."""

_SPARE_PIXELS = 3


@dataclass(frozen=True, slots=True)
class Flux:
    """A flux density [mJy] with its error, how it was measured, and what to know of it.

    Attributes
    ----------
    error
        None where the weights are not known to be inverse variances.
    coverage
        How much of the beam that was looked at is observed, from 0 to 1.
    flags
        Of ``FLAGS``, with blanks between them.
    """

    value: float
    error: float | None
    method: str
    coverage: float
    flags: str


@dataclass(frozen=True, slots=True)
class NoFlux:
    """Why there is no flux density.

    ``is_unobserved`` says that the map has pixels missing there, not that nothing is known
    of its unit, beam or band.
    """

    reason: str
    is_unobserved: bool = False
    coverage: float | None = None


def measure_flux(opened: OpenMap, target: PartTarget, pair: Pair) -> Flux | NoFlux:
    """Measure the flux density of a point source at a target on an open map.

    Maps of flux density are interpolated at the target; in maps of temperature the beam and
    a plane are fitted, and the peak becomes a flux density by dB/dT and the beam's solid angle.
    """
    record = opened.record
    why = unmeasurable(record)
    if why is not None:
        return NoFlux(why)
    quantity, scale = quantity_of(record.unit) or (Quantity.FLUX_DENSITY, 0.0)
    window, sides = _window(opened, target, pair)
    if window is None:
        return NoFlux("the target is beside the map's pixels", is_unobserved=True)
    noise = MapNoise.from_text(record.noise)
    assert record.beam_arcmin is not None
    stamp = BeamStamp.of(window, record.beam_arcmin, sides)
    if quantity is Quantity.TEMPERATURE:
        found = fit_peak(stamp, 1.0 if noise is None else noise.white)
        assert record.band_centre_ghz is not None
        scale *= mjy_per_mk(record.band_centre_ghz, record.beam_arcmin)
        return _judged(record, found, scale, FITTED)
    return _judged(record, interpolate_peak(stamp, noise), scale, INTERPOLATED)


def flux_need(record: MapRecord, ra: float, dec: float, x: float, y: float) -> Need:
    """What measuring a flux density at a place needs of a map; one pixel where none is possible."""
    if unmeasurable(record) is not None or record.beam_arcmin is None:
        return Need(x, y)
    sides = _sides_of(record)(ra, dec)
    found = quantity_of(record.unit)
    is_fitted = found is not None and found[0] is Quantity.TEMPERATURE
    radii = [APERTURE_FWHM * record.beam_arcmin / side if is_fitted else TAPS / 2 for side in sides]
    xsize, ysize = (
        (2 * math.ceil(radius) + _SPARE_PIXELS - 0.5) * side
        for radius, side in zip(radii, sides, strict=True)
    )
    return Need(x, y, xsize, ysize)


@lru_cache(maxsize=256)
def _unmeasurable(
    unit: str | None, beam: float | None, centre: float | None, state: str, *, has_grid: bool
) -> str | None:
    if state != INTENSITY:
        return f"no flux: flux densities are of total intensity, and the map's pixels of {state}"
    found = quantity_of(unit)
    if found is None:
        return f"no flux: the map's unit, {unit}, is neither a flux density nor a temperature"
    if beam is None:
        return "no flux: no beam is confirmed for this band"
    if found[0] is Quantity.TEMPERATURE and centre is None:
        return "no flux: no band centre is confirmed, by which temperature becomes flux density"
    return None if has_grid else "no flux: the map has no rectangular pixels around the target"


def unmeasurable(record: MapRecord) -> str | None:
    """Why no flux density can be measured on a map, whatever its pixels are."""
    return _unmeasurable(
        record.unit,
        record.beam_arcmin,
        record.band_centre_ghz,
        record.states[0],
        has_grid=record.has_grid,
    )


def _sides_of(record: MapRecord) -> Callable[[float, float], tuple[float, float]]:
    """What tells the sides of a map's pixels; kept for the map that was asked of last."""
    if _Last.record is not record:
        _Last.record, _Last.sides = record, pixel_sides_of(record)
    return _Last.sides


class _Last:
    record: MapRecord | None = None
    sides: Callable[[float, float], tuple[float, float]]


def _window(
    opened: OpenMap, target: PartTarget, pair: Pair
) -> tuple[MapWindow | None, tuple[float, float]]:
    record = opened.record
    need = flux_need(record, target.ra, target.dec, pair.x, pair.y)
    return opened.native(need, pad=True), _sides_of(record)(target.ra, target.dec)


def _judged(
    record: MapRecord, found: MeasuredPeak | None, scale: float, method: str
) -> Flux | NoFlux:
    """Turn what was measured in the map's unit into mJy, ``scale`` of them each."""
    if found is None:
        message = "the beam is too narrow, or too little of it observed, to measure a source"
        return NoFlux(message, is_unobserved=True)
    if found.coverage < _LEAST_COVERAGE[method]:
        message = f"only {found.coverage:.0%} of the beam around the target is observed"
        return NoFlux(message, is_unobserved=True, coverage=found.coverage)
    by_weight = error_scale(record.unit or "", record.weight_unit)
    flags = (
        (PARTIAL, found.coverage < 1),
        (BY_WEIGHTS, not record.noise and by_weight is not None),
        (NO_ERROR, by_weight is None),
    )
    return Flux(
        value=found.peak * scale,
        error=None if by_weight is None else found.error * by_weight * scale,
        method=method,
        coverage=found.coverage,
        flags=" ".join(flag for flag, holds in flags if holds),
    )


@lru_cache
def error_scale(unit: str, weight_unit: str | None) -> float | None:
    """What 1 / sqrt(weight) has to be multiplied by to be an error in ``unit``.

    None where the weights are not known to be inverse variances: a wrong error
    would be worse than none.
    """
    if weight_unit is None:
        return None
    try:
        deviation = units.Unit(weight_unit, format="fits") ** -0.5
        return float(deviation.to(units.Unit(unit, format="fits")))
    except (ValueError, TypeError):
        return None
