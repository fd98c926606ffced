"""An observation minus a coadd, with the variance of that."""

from dataclasses import replace

import numpy as np

from sptjobs.cutouts.coadds.one_grid import weights_of
from sptjobs.cutouts.coadds.weighted_mean import Coadd
from sptjobs.cutouts.stamps.stamp import Stamp

_OTHERS = 1e-9
"""Share of other observations in the weight of a coadd, less than which is rounding."""


def difference(stamp: Stamp, coadd: Coadd, *, is_member: bool) -> Stamp:
    """Subtract a coadd of independent observations from a stamp.

    With the weights w of the stamp and W of the coadd as inverse variances, the variance of
    the difference is 1/w + 1/W of an observation that is no part of the coadd. One that is a
    part of it shares noise with it: cov(s, C) = (w/W) (1/w) = 1/W, so that the variance is
    1/w + 1/W - 2/W = 1/w - 1/W.

    Returns
    -------
    Stamp
        Its weights are the inverse variances; NaN and 0 where either is not observed, or
        where the coadd has nothing but the stamp.
    """
    w, total = weights_of(stamp), coadd.weight
    others = total - w if is_member else total + w
    usable = (w > 0) & (total > 0) & (others > _OTHERS * total)
    weight = np.where(usable, w * total / np.where(usable, others, 1), 0)
    sci = np.where(usable, stamp.sci - coadd.mean, np.nan)
    dtype = stamp.sci.dtype.newbyteorder("=")
    return replace(stamp, sci=sci.astype(dtype), wgt=weight.astype(dtype), noise=None)
