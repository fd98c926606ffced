"""The maker of each product."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sptjobs.cutouts.making.coadd import CoaddMaker
from sptjobs.cutouts.making.difference import DifferenceMaker
from sptjobs.cutouts.making.fits import FitsMaker
from sptjobs.cutouts.making.lightcurve import LightcurveMaker
from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.making.preview import PreviewMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.products import registry

MAKERS: Mapping[str, Callable[[Style, Sink], Maker[Any]]] = MappingProxyType(
    {
        "fits": FitsMaker,
        "preview": PreviewMaker,
        "lightcurve": LightcurveMaker,
        "coadd": CoaddMaker,
        "difference": DifferenceMaker,
    }
)

registry.check_complete("makers", MAKERS, registry.BY_NAME)


def makers_of(style: Style, sink: Sink) -> tuple[Maker[Any], ...]:
    """Make the makers of a part, in the order of the manifest."""
    return tuple(MAKERS[product.name](style, sink) for product in registry.chosen(style.products))
