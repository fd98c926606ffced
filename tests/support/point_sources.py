"""A sky of point sources, maps of it, and what the service measures there.

The truth is made of nothing of the service: pixels by astropy's WCS and angles on the sky,
conversions by Planck's law.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.archive.scan import read_map
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.packs.points import Point
from tests.support.cutting import make
from tests.support.small_maps import request_for

BEAMS = {"90GHz": 1.6, "150GHz": 1.2, "220GHz": 1.0}
CENTRES = {"90GHz": 95.0, "150GHz": 150.0, "220GHz": 220.0}
SCALE = 0.25
SPACING = 32
"""Pixels between sources: none is in another's aperture."""


def planck_slope(ghz: float) -> float:
    """dB/dT of a black body of 2.7255 K [mJy / sr / mK], written out from Planck's law."""
    h, k, c, t = 6.62607015e-34, 1.380649e-23, 299792458.0, 2.7255

    def brightness(kelvin: float) -> float:
        nu = ghz * 1e9
        return 2 * h * nu**3 / c**2 / math.expm1(h * nu / (k * kelvin))

    step = 1e-4
    return (brightness(t + step) - brightness(t - step)) / (2 * step) * 1e-3 / 1e-29


def mjy_per_mk(band: str) -> float:
    """Flux density [mJy] of a point source whose peak is 1 mK."""
    sigma = math.radians(BEAMS[band] / 60) / math.sqrt(8 * math.log(2))
    return planck_slope(CENTRES[band]) * 2 * math.pi * sigma**2


class Truth:
    """A sky of point sources on one ZEA grid, and maps of it.

    Each source is at a random place within its pixel; the beam is a Gaussian of the angle
    on the sky between a pixel's centre and the source.
    """

    def __init__(self, count: int, band: str, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        self.band, self.beam = band, BEAMS[band]
        side = math.ceil(math.sqrt(count))
        self.n = (side + 1) * SPACING
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = "RA---ZEA", "DEC--ZEA"
        wcs.wcs.crval = 0.0, -57.5
        wcs.wcs.crpix = (self.n + 1) / 2, (self.n + 1) / 2
        wcs.wcs.cdelt = -SCALE / 60, SCALE / 60
        self.wcs = wcs
        at = np.arange(count)
        self.x = (at % side + 1) * SPACING + self.random.uniform(-0.5, 0.5, count)
        self.y = (at // side + 1) * SPACING + self.random.uniform(-0.5, 0.5, count)
        self.flux = self.random.uniform(20, 200, count)
        # Every fifth is blank sky.
        self.flux[::5] = 0.0
        self.ra, self.dec = wcs.all_pix2world(self.x, self.y, 0)

    @property
    def places(self) -> list[tuple[float, float]]:
        return list(zip(self.ra.tolist(), self.dec.tolist(), strict=True))

    def sky(self, width: float | None = None) -> np.ndarray[Any, Any]:
        """The sources with a beam of a width [arcmin], 1 mJy being 1."""
        sigma = (width or self.beam) / math.sqrt(8 * math.log(2))
        image, reach = np.zeros((self.n, self.n)), 15
        for x, y, ra, dec, flux in zip(self.x, self.y, self.ra, self.dec, self.flux, strict=True):
            x0, y0 = round(x) - reach, round(y) - reach
            columns, rows = np.meshgrid(*(np.arange(at, at + 2 * reach + 1) for at in (x0, y0)))
            lon, lat = self.wcs.all_pix2world(columns, rows, 0)
            angle = SkyCoord(lon, lat, unit="deg").separation(SkyCoord(ra, dec, unit="deg"))
            box = np.s_[y0 : y0 + 2 * reach + 1, x0 : x0 + 2 * reach + 1]
            image[box] += flux * np.exp(-0.5 * (angle.to_value(u.arcmin) / sigma) ** 2)
        return image

    def weights(self, error: float, factor: float) -> np.ndarray[Any, Any]:
        """Weights that vary over the map, and are too large by the square of a factor."""
        slope = np.linspace(0.5, 2.0, self.n)
        return np.outer(np.ones(self.n), slope) / error**2 * factor**2

    def write(
        self,
        folder: Path,
        filetype: str,
        sci: np.ndarray[Any, Any],
        wgt: np.ndarray[Any, Any],
        **facts: Any,
    ) -> MapRecord:
        """Write a map of an observation, and catalogue it as ingest does."""
        header = self.wcs.to_header()
        cards = {"OBS-ID": "282023912", "BAND": self.band, "FILETYPE": filetype, "FIELD": "f"}
        cards |= {"DATE-BEG": "2019-03-01T06:00:00", "DATE-END": "2019-03-01T08:00:00"}
        header.update(cards)
        hdus = [fits.ImageHDU(sci.astype("f4"), header, "SCI"), fits.ImageHDU(wgt, header, "WGT")]
        short = {"filtered": "fltd", "passthrough": "psth"}[filetype]
        file = folder / f"282023912_{self.band}_{short}.fits"
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(file)
        unit = {"filtered": "mJy", "passthrough": "mK"}[filetype]
        confirmed: dict[str, Any] = {"unit": unit, "weight_unit": f"{unit}-2"}
        confirmed |= {"beam_arcmin": self.beam, "band_centre_ghz": CENTRES[self.band]} | facts
        return replace(read_map(file, file.name), **confirmed)


def measured(folder: Path, truth: Truth, maps: Sequence[MapRecord], **kind: Any) -> list[Point]:
    request = request_for(truth.places, products=("lightcurve",), **kind)
    made = make(folder / "job", folder, request, maps)
    return list(iter_points(made.packs, [read_head(pack) for pack in made.packs]))
