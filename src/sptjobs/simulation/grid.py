"""The pixel grid of the winter field: one ZEA projection that all windows share.

A position on the grid is (x, y) in pixels from the field's centre: x grows to the
west, y to the north, and the pixel with index i spans i to i + 1. A window is a
rectangle of whole pixels of that grid, so that windows never need resampling
against each other.
"""

from dataclasses import dataclass

import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

RA0, DEC0 = 0.0, -57.5
"""Centre of the projection [deg, FK5]."""

SCALE_ARCMIN = 0.25
"""Side of a pixel at the centre [arcmin]."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the grid: index of its first pixel, and its size [pixels]."""

    x0: int
    y0: int
    nx: int
    ny: int


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in right ascension and declination [deg], RA measured from 0, west negative."""

    ra_min: float
    ra_max: float
    dec_min: float
    dec_max: float


def sky_to_grid(ra: Floats | float, dec: Floats | float) -> tuple[Floats, Floats]:
    """Place ICRS positions [deg] on the grid [pixels].

    References
    ----------
    Calabretta & Greisen 2002, A&A 395, 1077, sections 2.3 and 5.1.7.
    """
    fk5 = SkyCoord(ra, dec, unit="deg", frame="icrs").fk5
    lon, lat, lat0 = fk5.ra.rad - np.radians(RA0), fk5.dec.rad, np.radians(DEC0)
    cos_rho = np.sin(lat) * np.sin(lat0) + np.cos(lat) * np.cos(lat0) * np.cos(lon)
    # The factor turns the tangent-plane directions into ZEA's equal-area radius.
    factor = np.degrees(np.sqrt(2 / (1 + cos_rho))) * 60 / SCALE_ARCMIN
    x = -factor * np.cos(lat) * np.sin(lon)
    y = factor * (np.sin(lat) * np.cos(lat0) - np.cos(lat) * np.sin(lat0) * np.cos(lon))
    return np.asarray(x), np.asarray(y)


def grid_to_sky(x: Floats | float, y: Floats | float) -> tuple[Floats, Floats]:
    """Right ascension from -180 to 180 and declination [deg, FK5] of grid positions [pixels]."""
    to_radians = np.radians(SCALE_ARCMIN / 60)
    east, north = -np.asarray(x) * to_radians, np.asarray(y) * to_radians
    half_squared = (east**2 + north**2) / 4
    cos_rho, factor, lat0 = 1 - 2 * half_squared, np.sqrt(1 - half_squared), np.radians(DEC0)
    dec = np.arcsin(cos_rho * np.sin(lat0) + factor * north * np.cos(lat0))
    ra = np.arctan2(
        factor * east, cos_rho * np.cos(lat0) - factor * north * np.sin(lat0)
    ) + np.radians(RA0)
    return np.degrees(ra), np.degrees(dec)


def window_around(area: Area, margin: int, *, cut_north: int | None = None) -> Window:
    """Find the window that holds an area, its sides rounded up to 100 pixels.

    Parameters
    ----------
    margin
        Least distance between the area and each side [pixels].
    cut_north
        With a number, the window's north side runs through the area instead, this
        many pixels below the area's northernmost point.
    """
    ra = np.linspace(area.ra_min, area.ra_max, 201)
    dec = np.linspace(area.dec_min, area.dec_max, 201)
    edge_ra = np.concatenate([ra, ra, np.full(201, area.ra_min), np.full(201, area.ra_max)])
    edge_dec = np.concatenate([np.full(201, area.dec_min), np.full(201, area.dec_max), dec, dec])
    x, y = sky_to_grid(edge_ra, edge_dec)
    x0, x1 = int(np.floor(x.min())) - margin, int(np.ceil(x.max())) + margin
    y0, y1 = int(np.floor(y.min())) - margin, int(np.ceil(y.max())) + margin
    if cut_north is not None:
        y1 = int(y.max()) - cut_north
    nx, ny = -(-(x1 - x0) // 100) * 100, -(-(y1 - y0) // 100) * 100
    return Window(x0 - (nx - (x1 - x0)) // 2, y1 - ny, nx, ny)


def simulated_wcs_cards(window: Window) -> list[tuple[str, str | float | int, str]]:
    """Cards of a window's WCS, as the ``spt3g`` software writes them."""
    scale = SCALE_ARCMIN / 60
    return [
        ("WCSAXES", 2, "Number of coordinate axes"),
        ("CRPIX1", 0.5 - window.x0, "Pixel coordinate of reference point"),
        ("CRPIX2", 0.5 - window.y0, "Pixel coordinate of reference point"),
        ("CDELT1", -scale, "[deg] Coordinate increment at reference point"),
        ("CDELT2", scale, "[deg] Coordinate increment at reference point"),
        ("CUNIT1", "deg", "Units of coordinate increment and value"),
        ("CUNIT2", "deg", "Units of coordinate increment and value"),
        ("CTYPE1", "RA---ZEA", "Right ascension, zenithal/azimuthal equal area"),
        ("CTYPE2", "DEC--ZEA", "Declination, zenithal/azimuthal equal area"),
        ("CRVAL1", RA0, "[deg] Coordinate value at reference point"),
        ("CRVAL2", DEC0, "[deg] Coordinate value at reference point"),
        ("LONPOLE", 180.0, "[deg] Native longitude of celestial pole"),
        ("LATPOLE", DEC0, "[deg] Native latitude of celestial pole"),
        ("MJDREF", 0.0, "[d] MJD of fiducial time"),
        ("RADESYS", "FK5", "Equatorial coordinate system"),
        ("EQUINOX", 2000.0, "[yr] Equinox of equatorial coordinates"),
        ("PROJ", "ProjZEA", "Projection as spt3g names it"),
        ("ALPHA0", RA0, "[deg] Centre of the projection"),
        ("DELTA0", DEC0, "[deg] Centre of the projection"),
        ("X0", -0.5 - window.x0, "Pixel of the centre, counted from 0"),
        ("Y0", -0.5 - window.y0, "Pixel of the centre, counted from 0"),
    ]
