"""What is wrong with a request for stacks."""

from collections.abc import Iterator

from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Projection
from sptjobs.request.stamp_memory import stamp_pixels
from sptjobs.uws.errors import ParameterError

MAX_STACK_PIXELS = 1 << 20
"""Most pixels of all stacks of a band: 48 MiB of sums."""

_MAP_PIXEL_ARCMIN = 0.25


def stack_problems(request: CutoutRequest) -> Iterator[ParameterError]:
    """List what keeps the targets of a request from being stacked."""
    if not registry.is_across_targets(request.products):
        return
    if request.projection is not Projection.TAN:
        message = (
            "stacks need each target on the same place of its stamp, and native stamps keep the"
            " map's pixels; give PROJECTION=TAN"
        )
        yield ParameterError(message, field="PROJECTION", value=request.projection.value)
    others = [each.name for each in registry.chosen(request.products) if each.across_maps]
    if others:
        message = "a job for stacks goes through the maps otherwise; make this in a job of its own"
        yield ParameterError(message, field="PRODUCTS", value=others[0])
    scale = request.pixel_scale or _MAP_PIXEL_ARCMIN
    alike = {(t.stack, t.xsize, t.ysize): t for t in request.targets}.values()
    pixels = sum(across * up for across, up in (stamp_pixels(each, scale) for each in alike))
    if pixels > MAX_STACK_PIXELS:
        message = (
            f"the stacks have {pixels} pixels in all, up to {MAX_STACK_PIXELS} can be made; give"
            " fewer values of STACK, fewer sizes, or smaller ones"
        )
        yield ParameterError(message, field="STACK", value=str(len(alike)))
