"""Targets that are windows around regions of the sky."""

from sptjobs.request.cutout_request import Target
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN
from sptjobs.sky.circle import Circle
from sptjobs.sky.region import Region, bounding_window
from sptjobs.uws.errors import ParameterError


def window_target(region: Region, field: str, text: str, *, always: bool) -> Target:
    """Make the target without a name whose stamp is the window around a region.

    What is smaller than a pixel gets one, and what is larger than a stamp can be the largest
    one around its middle: the best match (SODA 1.0, section 3.3).

    Parameters
    ----------
    always
        Whether the target names the region also where its size is the region's.

    Raises
    ------
    ParameterError
        The region is so wide that it has no window.
    """
    if isinstance(region, Circle):
        # As ever: not the tangent, which is larger by a hundredth of a pixel at most.
        side = 120 * region.radius
        fits = MIN_SIZE_ARCMIN * (1 - 1e-6) <= side <= MAX_SIZE_ARCMIN * (1 + 1e-6)
        named = str(region) if always or not fits else None
        side = side if fits else _bounded(side)
        return Target("", region.ra, region.dec, side, side, region=named)
    window = bounding_window(region)
    if window is None:
        message = "reaches over most of the sky, and stamps up to 2 degrees; give a smaller region"
        raise ParameterError(message, field=field, value=text)
    width, height = _bounded(60 * window.width), _bounded(60 * window.height)
    is_larger = max(window.width, window.height) * 60 > MAX_SIZE_ARCMIN
    if is_larger and not region.contains(window.ra, window.dec):
        message = "is larger than a stamp can be, and does not hold its middle; give a smaller one"
        raise ParameterError(message, field=field, value=text)
    return Target("", window.ra, window.dec, width, height, region=str(region))


def is_cut_off(target: Target) -> bool:
    """Whether the stamp of a region's target is the largest there is, and smaller than that."""
    return target.region is not None and max(target.xsize, target.ysize) >= MAX_SIZE_ARCMIN


def _bounded(side: float) -> float:
    return min(MAX_SIZE_ARCMIN, max(MIN_SIZE_ARCMIN, side))
