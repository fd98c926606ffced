"""Preview pictures of stamps: what the eye needs to find a source, in few bytes."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LIMIT_SIGMA = 5.0
"""Values at this many robust standard deviations have the ends of the colours."""

SHORT_SIDE = 160
"""Pixels that the shorter side of a picture has at least, where that is possible."""

LONG_SIDE = 1024
"""Pixels beyond which a picture is not enlarged further."""

_STEPS = 255
_UNOBSERVED = 255
_TO_SIGMA = 1.4826


def render_preview(sci: NDArray[np.floating], observed: NDArray[np.bool_]) -> bytes:
    """Draw a stamp as a PNG with 255 colours and one transparent entry.

    The scale is linear and symmetric about the median, which is white, from
    ``-LIMIT_SIGMA`` (blue) to ``+LIMIT_SIGMA`` (red) robust standard deviations of
    the observed pixels, so that a cluster's shadow shows as clearly as a source.
    Each map pixel is a square of whole picture pixels: nothing is interpolated.

    Parameters
    ----------
    sci
        Pixels as in the FITS image: row 0 is at the bottom of the picture. Neither
        side is 0.
    observed
        Pixels that hold a measurement, same shape; the others are transparent.

    Returns
    -------
    bytes
        The same for the same pixels.
    """
    entries = _palette_entries(sci, observed & np.isfinite(sci))[::-1]
    factor = _enlargement(*entries.shape)
    picture = Image.fromarray(entries.repeat(factor, axis=0).repeat(factor, axis=1))
    picture.putpalette(_palette())
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=6, transparency=_UNOBSERVED)
    return out.getvalue()


def _palette_entries(sci: NDArray[np.floating], observed: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Entry of the palette for each pixel, 127 for the median."""
    entries = np.full(sci.shape, _UNOBSERVED, dtype=np.uint8)
    values = sci[observed].astype(np.float64)
    if values.size == 0:
        return entries
    offsets = values - np.median(values)
    limit = LIMIT_SIGMA * _TO_SIGMA * np.median(np.abs(offsets))
    if limit == 0:
        # Most pixels are equal: whatever differs is as far away as can be shown.
        limit = np.max(np.abs(offsets)) or 1.0
    middle = _STEPS // 2
    entries[observed] = middle + np.rint(np.clip(offsets / limit, -1, 1) * middle).astype(int)
    return entries


def _enlargement(height: int, width: int) -> int:
    """Whole factor that brings the shorter side to ``SHORT_SIDE`` within ``LONG_SIDE``."""
    wanted = -(-SHORT_SIDE // min(height, width))
    return max(1, min(wanted, LONG_SIDE // max(height, width)))


@cache
def _palette() -> bytes:
    """Blue over white to red, with even steps of lightness on both sides.

    The colours lie on straight lines in CIE L*a*b* (D65, 2 degrees): equal steps of
    the value look equally large, and both ends are equally dark, so that neither
    sign is favoured, nor lost in grey scale.
    """
    blue, white, red = (30.0, 20.0, -56.0), (97.0, 0.0, 0.0), (30.0, 54.0, 38.0)
    along = np.linspace(-1, 1, _STEPS)[:, None]
    ends = np.where(along < 0, np.array(blue), np.array(red))
    lab = np.array(white) + np.abs(along) * (ends - np.array(white))
    unobserved = np.zeros((1, 3), dtype=np.uint8)
    return np.vstack([_lab_to_srgb(lab), unobserved]).tobytes()


def _lab_to_srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Convert CIE L*a*b* (D65) to 8-bit sRGB.

    References
    ----------
    CIE 15:2004, section 8.2.1 (inverse of L*a*b*); IEC 61966-2-1, section 5.
    """
    fy = (lab[:, 0] + 16) / 116
    f = np.stack([fy + lab[:, 1] / 500, fy, fy - lab[:, 2] / 200], axis=1)
    delta = 6 / 29
    xyz = np.where(f > delta, f**3, 3 * delta**2 * (f - 4 / 29)) * (0.95047, 1.0, 1.08883)
    to_linear = np.array(
        [
            [3.2404542, -1.5371385, -0.4985314],
            [-0.9692660, 1.8760108, 0.0415560],
            [0.0556434, -0.2040259, 1.0572252],
        ]
    )
    linear = np.clip(xyz @ to_linear.T, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rounded: NDArray[np.uint8] = np.rint(255 * coded).astype(np.uint8)
    return rounded
