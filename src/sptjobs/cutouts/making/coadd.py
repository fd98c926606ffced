"""Coadds of the observations of a target."""

from sptjobs.cutouts.making.mean import MeanMaker
from sptjobs.products import coadd


class CoaddMaker(MeanMaker):
    """Makes the means of observations, or writes those that others made already."""

    product = coadd.PRODUCT
