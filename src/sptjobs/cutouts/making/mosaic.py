"""Mosaics of the maps of one tag, where fields meet."""

from sptjobs.cutouts.coadds.gathering import Coadds
from sptjobs.cutouts.making.mean import MeanMaker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.part_plan import Style
from sptjobs.products import mosaic
from sptjobs.products.observations import is_epoch


class MosaicMaker(MeanMaker):
    """Makes the means of coadds of the archive that have one tag."""

    product = mosaic.PRODUCT

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        del coadds
        super().__init__(style, sink, Coadds(lambda record: not is_epoch(record)))
