"""The observations of a target as the frames of one PNG, on one scale, each with its date.

References
----------
Portable Network Graphics (PNG) Specification, third edition, section 11.3.6 (animation).
"""

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from sptjobs.cutouts.coadds.one_grid import Member
from sptjobs.cutouts.epochs.epochs import Epochs
from sptjobs.cutouts.stamps.picture import (
    MIDDLE,
    SHOWN_SIGMA,
    UNOBSERVED,
    ColourScale,
    colour_scale,
    enlarged,
    entries_of,
    palette_of,
)
from sptjobs.uws.ascii_text import ascii_text

FRAME_MS = 500
"""How long each frame is shown."""

CAPTION_ROWS = 14
"""Rows below the pixels, in which the date stands."""

_DARK = 0
_UP_TO_MINUTES = 16


def moving_picture(epochs: Epochs) -> bytes:
    """Draw an animated PNG; programs that show no animations show the first observation.

    Colours are those of previews, of a scale of all observed pixels of all epochs. Below the
    pixels stands when each observation began (UTC).
    """
    sci = epochs.sci
    observed = np.isfinite(sci)
    scale = _scale(sci[observed].astype(np.float64))
    frames = [
        _frame(entries_of(pixels, seen, scale), caption_of(member), palette_of(scale))
        for pixels, seen, member in zip(sci, observed, epochs.in_time, strict=True)
    ]
    out = io.BytesIO()
    frames[0].save(
        out, "PNG", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, blend=0,
        transparency=UNOBSERVED, pnginfo=_about(epochs, scale),
    )  # fmt: skip
    return out.getvalue()


def caption_of(member: Member) -> str:
    """When an observation began, to the minute, or its name where that is not known."""
    date = member.record.date_beg
    if date is None:
        return ascii_text(member.record.obsid)
    return date[:_UP_TO_MINUTES].replace("T", " ")


def _scale(values: NDArray[np.float64]) -> ColourScale:
    """The scale of previews, without entries beyond the end of the colours.

    Frames store what differs in colour: an entry that looks alike would be left as it was.
    """
    scale = colour_scale(values)
    return replace(scale, limit=SHOWN_SIGMA * scale.sigma or scale.limit)


def _frame(entries: NDArray[np.uint8], caption: str, palette: bytes) -> Image.Image:
    pixels = enlarged(entries)
    # The middle of the palette is white.
    strip = np.full((CAPTION_ROWS, pixels.shape[1]), MIDDLE, np.uint8)
    frame = Image.fromarray(np.vstack([pixels, strip]))
    frame.putpalette(palette)
    place = (2, pixels.shape[0] + 1)
    # The font that is a part of Pillow: the same on each machine.
    ImageDraw.Draw(frame).text(place, caption, fill=_DARK, font=ImageFont.load_default_imagefont())
    return frame


def _about(epochs: Epochs, scale: ColourScale) -> PngInfo:
    record, about = epochs.common_record, PngInfo()
    unit = record.unit or "unit not confirmed"
    about.add_itxt("Title", f"{epochs.target.objid}, {record.band}, {record.filetype}")
    about.add_text("Scale", f"entry 127 is 0, entry 254 is {scale.limit:g} ({unit})")
    about.add_text("Sigma", f"{scale.sigma:g} ({unit})")
    return about
