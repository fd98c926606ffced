"""What tiled compression takes from the values of an image."""

from typing import Any

import numpy as np
from astropy.io import fits

from sptjobs.formats.damage import damage_named
from sptjobs.formats.map_content import Loss


def loss_of(hdu: Any) -> Loss | None:
    """How the compression of an image changed its values; None where it did not.

    Floating-point values are rounded to steps, one for each tile, where the table of
    tiles has the column ZSCALE; HCOMPRESS drops what is below its scale.

    References
    ----------
    FITS Standard 4.0, sections 10.1.3 and 10.2.
    """
    if not isinstance(hdu, fits.CompImageHDU):
        return None
    with damage_named():
        tiles = hdu.compressed_data
        steps = tiles["ZSCALE"] if "ZSCALE" in tiles.columns.names else np.zeros(1)
    # Tiles that could not be rounded have 0, or no number at all.
    step = float(np.nanmax(np.abs(steps), initial=0.0))
    if step > 0:
        return Loss(hdu.compression_type, step)
    if hdu.compression_type == "HCOMPRESS_1" and hdu.hcomp_scale:
        return Loss(hdu.compression_type, None)
    return None
