"""The coadds of a set once more as HEALPix maps of a part of the sky."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from astropy import units
from astropy.io import fits
from astropy_healpix import lonlat_to_healpix
from numpy.typing import NDArray

from sptjobs.simulation.grid import grid_to_sky
from sptjobs.simulation.instrument import SIMULATED_BANDS, Band
from sptjobs.simulation.map_files import map_path
from sptjobs.simulation.survey import SimulatedField, Survey

REAL_NSIDE = 8192
"""That of the maps of the survey."""

HEALPIX_TAG = "healpix_winter_2020"
"""Tag of these coadds: those of the flat maps are other files."""

_ROWS = 512
_FILETYPE = "passthrough"

_Floats = NDArray[np.float64]
_Pixels = tuple[NDArray[np.int64], _Floats, _Floats]


def write_healpix_coadds(folder: Path, survey: Survey, nside: int = REAL_NSIDE) -> Iterator[Path]:
    """Write the passthrough coadds of a set, whose flat maps are there, as HEALPix maps.

    A pixel is the weighted mean of the flat map's pixels whose centres lie in it, and its
    weight their sum.

    Yields
    ------
    Path
        Each map once it is written.
    """
    for field in survey.fields:
        for observation in field.observations:
            if observation.is_coadd:
                for band in SIMULATED_BANDS:
                    flat = folder / map_path(observation, band, _FILETYPE)
                    path = folder / f"healpix/{HEALPIX_TAG}_{band.name}_psth.fits"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    _table(_binned(flat, field, nside), band, nside).writeto(path, overwrite=True)
                    yield path


def _binned(flat: Path, field: SimulatedField, nside: int) -> _Pixels:
    """Numbers of the observed pixels, in NESTED order, with their values and weights."""
    parts = []
    with fits.open(flat) as hdus:
        for low in range(0, field.window.ny, _ROWS):
            rows = slice(low, min(low + _ROWS, field.window.ny))
            sci, wgt = (np.asarray(hdus[i].section[rows, :], np.float64) for i in (1, 2))
            parts.append(_summed([(_numbers(field, rows, nside), sci * wgt, wgt)]))
    pixels, products, weights = _summed(parts)
    return pixels, products / weights, weights


def _numbers(field: SimulatedField, rows: slice, nside: int) -> NDArray[np.int64]:
    """HEALPix pixels of the pixels of some rows: the simulation takes FK5 for ICRS here."""
    window = field.window
    x = np.arange(window.x0, window.x0 + window.nx) + 0.5
    y = np.arange(window.y0 + rows.start, window.y0 + rows.stop) + 0.5
    ra, dec = grid_to_sky(x[None, :], y[:, None])
    found = lonlat_to_healpix(ra * units.deg, dec * units.deg, nside, order="nested")
    return np.asarray(found, np.int64)


def _summed(parts: Sequence[_Pixels]) -> _Pixels:
    """Sums for each pixel that has a weight."""
    pixels, products, weights = (
        np.concatenate([part[i].ravel() for part in parts]) for i in range(3)
    )
    seen = weights > 0
    every, which = np.unique(pixels[seen], return_inverse=True)
    first, second = (
        np.asarray(np.bincount(which, values[seen], len(every)), np.float64)
        for values in (products, weights)
    )
    return every, first, second


def _table(binned: _Pixels, band: Band, nside: int) -> fits.HDUList:
    pixels, values, weights = binned
    columns = [
        fits.Column("PIXEL", "J", array=pixels.astype(np.int32)),
        fits.Column("T", "E", unit="mK", array=values.astype(np.float32)),
        fits.Column("TT", "E", unit="mK-2", array=weights.astype(np.float32)),
    ]
    table = fits.BinTableHDU.from_columns(columns)
    table.header.update(
        {
            "PIXTYPE": "HEALPIX",
            "ORDERING": "NESTED",
            "NSIDE": nside,
            "INDXSCHM": "EXPLICIT",
            "OBJECT": "PARTIAL",
            "COORDSYS": "C",
            "POLCCONV": "COSMO",
            "WEIGHTED": False,
            "OBS-ID": HEALPIX_TAG,
            "BAND": band.name,
            "FILETYPE": _FILETYPE,
            "SEASON": "winter",
        }
    )
    return fits.HDUList([fits.PrimaryHDU(), table])
