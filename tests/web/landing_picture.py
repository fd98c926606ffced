"""``python -m tests.web.landing_picture MAP``: the picture of the first page, of a simulated map.

The map is a coadd of ``sptjobs archive synth``: what anybody may see who has not signed in shows
no pixel of the collaboration's.
"""

import sys
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

PICTURE = Path(__file__).parents[2] / "src/sptapi/representations/sky.jpg"
SIZE = 1200, 630
"""Width and height of a link's picture, where pages show one."""

_STOPS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
_COLOURS = (
    (9, 16, 48), (28, 66, 128), (110, 163, 204), (236, 238, 236), (240, 186, 122), (196, 92, 46),
    (92, 22, 24),
)  # fmt: skip
_SIGMA, _QUALITY = 2.6, 78
_BEAM_PIXELS = 1.2
"""Noise between pixels takes most of a picture's bytes."""


def main() -> None:
    """Write the picture."""
    with fits.open(sys.argv[1]) as hdus:
        pixels = np.asarray(hdus[1].data, dtype=float)
    smooth = gaussian_filter(middle(pixels), _BEAM_PIXELS)
    picture = Image.fromarray(coloured(smooth), "RGB")
    picture.save(PICTURE, quality=_QUALITY, optimize=True, progressive=True)


def middle(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut the middle of a map out, north up, in the picture's size."""
    width, height = SIZE
    row, column = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[row : row + height, column : column + width][::-1]


def coloured(pixels: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colour values by how far they are from zero: blue below, white at it, red above."""
    limit = _SIGMA * np.std(pixels)
    place = np.clip(pixels / limit / 2 + 0.5, 0, 1)
    channels = zip(*_COLOURS, strict=True)
    return np.stack([np.interp(place, _STOPS, each) for each in channels], -1).astype(np.uint8)


if __name__ == "__main__":
    main()
