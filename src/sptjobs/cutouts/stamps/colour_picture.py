"""Three bands as the red, green and blue of one picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sptjobs.cutouts.stamps.picture import enlarged, lab_to_srgb, scatter

CHANNELS = ("red", "green", "blue")

_SHOWN_DEVIATIONS = 4.0
"""Robust standard deviations about the median at which a band is darkest and brightest."""

_LIGHTNESS = np.linspace(4.0, 98.0, 256)
"""CIE L* of the shades, from the darkest, as the page of the sky paints them."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One band of a picture.

    Attributes
    ----------
    sci
        Pixels (ny, nx), NaN where not observed; the bands have one grid.
    about
        What it shows, for the picture's texts.
    unit
        Unit of the pixels; None where it is not confirmed.
    """

    sci: NDArray[np.floating]
    about: str
    unit: str | None

    @property
    def limits(self) -> tuple[float, float]:
        """The values at which it is darkest and brightest."""
        values = self.sci[np.isfinite(self.sci)].astype(np.float64)
        # Where pixels are equal each is in the middle.
        reach = _SHOWN_DEVIATIONS * scatter(values) or 1.0
        median = float(np.median(values))
        return median - reach, median + reach


def colour_picture(channels: Sequence[Channel]) -> bytes:
    """Draw three bands, each between its own limits; transparent where one is not observed.

    Parameters
    ----------
    channels
        What is red, green and blue; each has an observed pixel.

    Returns
    -------
    bytes
        A PNG, whose texts Red, Green and Blue say which band each is, and between which values.
    """
    shades = lab_to_srgb(np.stack([_LIGHTNESS, *np.zeros((2, 256))], axis=1))[:, 0]
    out, about = io.BytesIO(), PngInfo()
    planes = []
    for name, channel in zip(CHANNELS, channels, strict=True):
        low, high = channel.limits
        planes.append(shades[_steps(channel.sci, low, high)])
        unit = channel.unit or "unit not confirmed"
        about.add_itxt(name.capitalize(), f"{channel.about}, {low:g} to {high:g} ({unit})")
    observed = np.all([np.isfinite(channel.sci) for channel in channels], axis=0)
    planes.append(np.full(observed.shape, 255, np.uint8))
    pixels = np.where(observed[..., None], np.stack(planes, axis=-1), 0).astype(np.uint8)
    Image.fromarray(enlarged(pixels)).save(out, "PNG", pnginfo=about)
    return out.getvalue()


def _steps(sci: NDArray[np.floating], low: float, high: float) -> NDArray[np.intp]:
    """Which of the shades each pixel has."""
    values = np.where(np.isfinite(sci), sci, low).astype(np.float64)
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.intp)
