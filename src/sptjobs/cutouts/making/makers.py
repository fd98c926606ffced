"""The maker of each product."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sptjobs.cutouts.coadds.gathering import Coadds, coadds_of_observations
from sptjobs.cutouts.making.animation import AnimationMaker
from sptjobs.cutouts.making.coadd import CoaddMaker
from sptjobs.cutouts.making.colour import ColourMaker
from sptjobs.cutouts.making.cube import CubeMaker
from sptjobs.cutouts.making.difference import DifferenceMaker
from sptjobs.cutouts.making.fits import FitsMaker
from sptjobs.cutouts.making.lightcurve import LightcurveMaker
from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.making.mosaic import MosaicMaker
from sptjobs.cutouts.making.preview import PreviewMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.making.stack import StackMaker
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.products import registry

MAKERS: Mapping[str, Callable[[Style, Sink, Coadds], Maker[Any]]] = MappingProxyType(
    {
        "fits": FitsMaker,
        "preview": PreviewMaker,
        "lightcurve": LightcurveMaker,
        "coadd": CoaddMaker,
        "difference": DifferenceMaker,
        "mosaic": MosaicMaker,
        "stack": StackMaker,
        "cube": CubeMaker,
        "animation": AnimationMaker,
        "colour": ColourMaker,
    }
)

registry.check_complete("makers", MAKERS, registry.BY_NAME)


def makers_of(style: Style, sink: Sink) -> tuple[Maker[Any], ...]:
    """Make the makers of a part, in the order of the manifest."""
    coadds = coadds_of_observations(style)
    chosen = registry.chosen(style.products)
    return tuple(MAKERS[product.name](style, sink, coadds) for product in chosen)
