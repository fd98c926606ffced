"""Preview pictures of stamps: what the eye needs to find a source, in few bytes."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHOWN_SIGMA = 5.0
"""Values at this many robust standard deviations have the ends of the colours."""

KEPT_SIGMA = 20.0
"""Values up to this many can still be distinguished, by whoever changes the colours."""

SHORT_SIDE = 160
"""Pixels that the shorter side of a picture has at least, where that is possible."""

LONG_SIDE = 1024
"""Pixels beyond which a picture is not enlarged further."""

_STEPS = 255
MIDDLE = _STEPS // 2
"""The entry of zero."""

UNOBSERVED = 255
"""The entry of pixels without a value, which is transparent."""

_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture, and what its colours stand for.

    Attributes
    ----------
    content
        PNG with a palette. Entry ``e`` of 0 to 254 is the value
        ``(e / 127 - 1) * limit``; entry 255 is transparent and no value.
    limit
        Value of the last entry, in the unit of the stamp.
    sigma
        Robust standard deviation of the observed pixels, in the same unit.
    """

    content: bytes
    limit: float
    sigma: float


@dataclass(frozen=True, slots=True)
class ColourScale:
    """What the colours of a picture stand for; see ``Preview``."""

    sigma: float
    limit: float


def render_preview(
    sci: NDArray[np.floating], observed: NDArray[np.bool_], scale: ColourScale | None = None
) -> Preview:
    """Draw a stamp as a PNG with 255 colours and one transparent entry.

    The scale is linear and symmetric about zero, which is white, so that a cluster's
    shadow shows as clearly as a source. The colours end at ``SHOWN_SIGMA`` robust
    standard deviations, blue below and red above; the entries go on to the largest
    value, or to ``KEPT_SIGMA``, so that the picture can be stretched anew by another
    palette. Each map pixel is a square of whole picture pixels: nothing is
    interpolated.

    Parameters
    ----------
    sci
        Pixels as in the FITS image: row 0 is at the bottom of the picture. Neither
        side is 0.
    observed
        Pixels that hold a measurement, same shape; the others are transparent.
    scale
        One that several pictures share; by default that of the observed pixels.

    Returns
    -------
    Preview
        The same for the same pixels.
    """
    observed = observed & np.isfinite(sci)
    scale = scale or colour_scale(sci[observed].astype(np.float64))
    picture = Image.fromarray(enlarged(entries_of(sci, observed, scale)))
    picture.putpalette(palette_of(scale))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=6, transparency=UNOBSERVED)
    return Preview(out.getvalue(), scale.limit, scale.sigma)


def entries_of(
    sci: NDArray[np.floating], observed: NDArray[np.bool_], scale: ColourScale
) -> NDArray[np.uint8]:
    """Entries of the palette of a scale for the pixels of a stamp, in its order of rows."""
    entries = np.full(sci.shape, UNOBSERVED, dtype=np.uint8)
    parts = np.clip(sci[observed].astype(np.float64) / scale.limit, -1, 1)
    entries[observed] = MIDDLE + np.rint(parts * MIDDLE).astype(int)
    return entries


def enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels (ny, nx, ...) as whole squares of a picture, its top row first."""
    factor = _enlargement(*pixels.shape[:2])
    return pixels[::-1].repeat(factor, axis=0).repeat(factor, axis=1)


def palette_of(scale: ColourScale) -> bytes:
    """Red, green and blue of each entry on a scale."""
    return _palette(scale.limit / (SHOWN_SIGMA * scale.sigma) if scale.sigma else 1.0)


def colour_scale(values: NDArray[np.float64]) -> ColourScale:
    """The scale for observed pixels; its limit is never 0."""
    if values.size == 0:
        return ColourScale(0.0, 1.0)
    sigma = scatter(values)
    peak = float(np.max(np.abs(values)))
    if sigma == 0:
        # Most pixels are equal: whatever differs is as far away as can be shown.
        return ColourScale(0.0, peak or 1.0)
    return ColourScale(sigma, min(max(peak, SHOWN_SIGMA * sigma), KEPT_SIGMA * sigma))


def scatter(values: NDArray[np.float64]) -> float:
    """Standard deviation that the median of absolute deviations from the median suggests."""
    return float(_TO_SIGMA * np.median(np.abs(values - np.median(values))))


def _enlargement(height: int, width: int) -> int:
    """Whole factor that brings the shorter side to ``SHORT_SIDE`` within ``LONG_SIDE``."""
    factor = -(-SHORT_SIDE // min(height, width))
    return max(1, min(factor, LONG_SIDE // max(height, width)))


def _palette(reach: float = 1.0) -> bytes:
    """Blue over white to red, with even steps of lightness on both sides.

    The colours lie on straight lines in CIE L*a*b* (D65, 2 degrees): equal steps of
    the value look equally large, and both ends are equally dark, so that neither
    sign is favoured, nor lost in grey scale.

    Parameters
    ----------
    reach
        Value of the last entry, where the colours end at 1.
    """
    blue, white, red = (30.0, 20.0, -56.0), (97.0, 0.0, 0.0), (30.0, 54.0, 38.0)
    along = np.clip(reach * np.linspace(-1, 1, _STEPS), -1, 1)[:, None]
    ends = np.where(along < 0, np.array(blue), np.array(red))
    lab = np.array(white) + np.abs(along) * (ends - np.array(white))
    unobserved = np.zeros((1, 3), dtype=np.uint8)
    return np.vstack([lab_to_srgb(lab), unobserved]).tobytes()


def lab_to_srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
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
