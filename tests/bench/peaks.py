"""Peak of a point source in stamps, by the way of cutting and the beam.

``python -m tests.bench.peaks`` prints the table of docs/users/stamps.md.
"""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from tests.support.cutting import make
from tests.support.small_maps import make_map, wcs_cards

BEAMS: Mapping[str, float] = MappingProxyType({"90GHz": 1.6, "150GHz": 1.2, "220GHz": 1.0})
"""Width (FWHM) of the beam in each band [arcmin]."""

WAYS: Mapping[str, Order | None] = MappingProxyType(
    {"native": None} | {f"TAN, {order}": order for order in Order}
)
"""Ways of cutting a stamp; None keeps the map's pixels."""

SCALE = 0.25
"""Side of the pixels of map and stamps [arcmin]."""

_OFFSETS, _WEIGHTS = np.linspace(0, 0.5, 5), np.array([1, 2, 2, 2, 1]) / 8
"""Places in a quarter of a map pixel, from its centre to its corner, and their shares of it."""

_ARCMIN = "\N{PRIME}"
_SPACING = 48
_FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest pixel at a point source, as a share of the source's true peak.

    Attributes
    ----------
    mean, least
        Over all places that a source may have on a pixel of the map; the least is at a corner.
    """

    mean: float
    least: float

    def __str__(self) -> str:
        return f"{100 * self.mean:.1f} ({100 * self.least:.1f})"


def measure(folder: Path, beam_arcmin: float, order: Order | None) -> Peak:
    """Cut stamps around point sources of a beam, and look at their highest pixels.

    Parameters
    ----------
    folder
        An empty folder for the map and the stamps.
    beam_arcmin
        Width of the sources (FWHM) [arcmin].
    order
        How TAN stamps are resampled; None for native ones.
    """
    places = _places()
    record = _sky_of_sources(folder, places, beam_arcmin)
    positions = map_wcs(record.wcs).wcs_pix2world(places, 0).tolist()
    targets = tuple(
        Target(f"s{number}", ra % 360, dec, 5, 5) for number, (ra, dec) in enumerate(positions)
    )
    projection = Projection.NATIVE if order is None else Projection.TAN
    request = CutoutRequest(targets, projection=projection, order=order or Order.BILINEAR)
    made = make(folder / "job", folder, request, [record])
    peaks = np.empty(len(made.outcomes))
    for number, outcome in enumerate(made.outcomes):
        with made.stamp(outcome) as stamp:
            peaks[number] = stamp["SCI"].data.max()
    return Peak(float(_WEIGHTS @ peaks.reshape(len(_OFFSETS), -1) @ _WEIGHTS), float(peaks.min()))


def _places() -> NDArray[np.float64]:
    """Map pixels of the sources, far from each other, one for each pair of offsets."""
    grid = _SPACING * (1 + np.arange(len(_OFFSETS)))
    x, y = np.meshgrid(grid + _OFFSETS, grid + _OFFSETS)
    return np.column_stack([x.ravel(), y.ravel()])


def _sky_of_sources(folder: Path, places: NDArray[np.float64], beam_arcmin: float) -> MapRecord:
    """Write a map of nothing but Gaussian sources of peak 1, as if sampled at pixels' centres."""
    side = _SPACING * (len(_OFFSETS) + 1)
    cards = wcs_cards((side, side), frame="ICRS", scale=SCALE)
    record = make_map(folder, shape=(side, side), dtype="f8", wcs=cards)
    sigma = beam_arcmin / _FWHM_PER_SIGMA / SCALE
    y, x = np.mgrid[:side, :side]
    with fits.open(folder / record.path, mode="update") as hdus:
        hdus["WGT"].data[:] = 1
        hdus["SCI"].data[:] = sum(
            np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * sigma**2)) for at in places
        )
    about = (folder / record.path).stat()
    return replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)


def table() -> list[str]:
    """Lines of the table, in Markdown."""
    columns = [f"{band}, {width:.1f}{_ARCMIN}" for band, width in BEAMS.items()]
    lines = [
        f"| peak [%], mean (least) | {' | '.join(columns)} |",
        "| --- |" + " ---: |" * len(BEAMS),
    ]
    for way, order in WAYS.items():
        cells = []
        for beam in BEAMS.values():
            with tempfile.TemporaryDirectory() as folder:
                cells.append(str(measure(Path(folder), beam, order)))
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
