"""What is put into the simulated sky: point sources and clusters of galaxies."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray
from scipy import fft

from sptjobs.simulation.grid import SCALE_ARCMIN, Area, Floats, Window, sky_to_grid
from sptjobs.simulation.instrument import SIMULATED_BANDS, Band

FAINTEST_MJY, BRIGHTEST_MJY = 1.5, 800.0
"""Flux densities of the point sources at 150 GHz [mJy]."""

_COUNTS_AT_6_MJY = 1.2
_BRIGHT_MJY = (150.0, 80.0, 40.0)
_RADIO_INDEX, _DUST_INDEX, _RADIO_SHARE = -0.7, 3.4, 0.8
_CLUSTER_RADIUS_ARCMIN = 12.0
_FINE_ARCMIN = 0.0625


@dataclass(frozen=True, slots=True)
class Source:
    """A point source: position [deg, ICRS] and flux density in each band [mJy]."""

    name: str
    ra: float
    dec: float
    flux: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster: published name and position [deg, ICRS], made-up strength and core.

    ``position`` is ``published``, or ``name`` where it is the centre of the cell
    that the name spans, 1 minute in right ascension by 1 arcmin in declination.
    ``y0`` is the central Compton parameter, ``core_arcmin`` the core radius of a
    beta model with beta = 1.
    """

    name: str
    ra: float
    dec: float
    position: str
    redshift: str
    reference: str
    y0: float
    core_arcmin: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Signal [mK] against distance from a centre on the grid [pixels]."""

    centre: tuple[float, float]
    radius: Floats
    signal: Floats


def read_clusters(area: Area, seed: int) -> list[Cluster]:
    """Published clusters inside an area, with strengths drawn by the seed."""
    random = np.random.default_rng([seed, 2])
    clusters = []
    with (files("sptjobs.simulation") / "clusters.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            strength, core = random.uniform(1.0, 1.8), random.uniform(0.3, 0.7)
            ra, dec = float(row["ra"]), float(row["dec"])
            if contains(area, ra, dec):
                clusters.append(
                    Cluster(
                        row["name"], ra, dec, row["position"], row["redshift"],
                        row["reference"], round(strength, 3) * 1e-4, round(core, 3),
                    )
                )  # fmt: skip
    return clusters


def contains(area: Area, ra: float, dec: float) -> bool:
    """Whether a position [deg] lies in an area."""
    west = (ra + 180) % 360 - 180
    return area.ra_min < west < area.ra_max and area.dec_min < dec < area.dec_max


def draw_sources(area: Area, clusters: list[Cluster], seed: int) -> list[Source]:
    """Draw point sources over an area, clear of the clusters.

    Counts follow N(>S) = 1.2 (S / 6 mJy)^-1 per square degree at 150 GHz, a round
    figure and no measurement; some bright ones are always there.
    """
    random = np.random.default_rng([seed, 3])
    sin_dec = np.sin(np.radians([area.dec_min, area.dec_max]))
    square_degrees = (area.ra_max - area.ra_min) * np.degrees(sin_dec[1] - sin_dec[0])
    count = random.poisson(_COUNTS_AT_6_MJY * 6 / FAINTEST_MJY * square_degrees)
    drawn = FAINTEST_MJY / random.uniform(FAINTEST_MJY / BRIGHTEST_MJY, 1, count)
    flux = np.concatenate([np.array(_BRIGHT_MJY), drawn])
    ra = random.uniform(area.ra_min, area.ra_max, flux.size) % 360
    dec = np.degrees(np.arcsin(random.uniform(float(sin_dec[0]), float(sin_dec[1]), flux.size)))
    index = np.where(random.uniform(size=flux.size) < _RADIO_SHARE, _RADIO_INDEX, _DUST_INDEX)
    # A bright source with a dust spectrum would be unheard of at 220 GHz.
    index[flux > 20] = _RADIO_INDEX
    clear = _clear_of(ra, dec, clusters)
    names = _names(ra, dec)
    return [
        Source(
            names[i],
            round(float(ra[i]), 6),
            round(float(dec[i]), 6),
            tuple(
                round(float(flux[i] * (b.centre_ghz / 150) ** index[i]), 4) for b in SIMULATED_BANDS
            ),
        )
        for i in np.flatnonzero(clear)
    ]


def _clear_of(ra: Floats, dec: Floats, clusters: list[Cluster]) -> NDArray[np.bool_]:
    clear = np.ones(ra.shape, bool)
    here = SkyCoord(ra, dec, unit="deg")
    for cluster in clusters:
        there = SkyCoord(cluster.ra, cluster.dec, unit="deg")
        clear &= here.separation(there).arcmin > 6
    return clear


def _names(ra: Floats, dec: Floats) -> list[str]:
    places = SkyCoord(ra, dec, unit="deg")
    hours = places.ra.to_string("hour", sep="", precision=1, pad=True)
    degrees = places.dec.to_string("deg", sep="", precision=0, pad=True, alwayssign=True)
    return [f"SIM J{h}{d}" for h, d in zip(hours, degrees, strict=True)]


def paint_sources(
    image: NDArray[np.float32], window: Window, sources: list[Source], band: Band
) -> None:
    """Add point sources to a map [mK] in place, through the band's beam."""
    number = SIMULATED_BANDS.index(band)
    sigma = band.sigma_arcmin / SCALE_ARCMIN
    x, y = sky_to_grid(np.array([s.ra for s in sources]), np.array([s.dec for s in sources]))
    for i, source in enumerate(sources):
        peak = source.flux[number] / band.mjy_per_mk
        _paint(image, window, (float(x[i]), float(y[i])), 6 * sigma, _gaussian(peak, sigma))


def paint_clusters(image: NDArray[np.float32], window: Window, profiles: list[Profile]) -> None:
    """Add the clusters' Sunyaev-Zel'dovich signal to a map [mK] in place."""
    for profile in profiles:
        signal = _table(profile.radius, profile.signal)
        _paint(image, window, profile.centre, _CLUSTER_RADIUS_ARCMIN / SCALE_ARCMIN, signal)


def sz_profile(cluster: Cluster, band: Band) -> Profile:
    """Signal of a cluster in a band, through its beam."""
    half = int(2 * _CLUSTER_RADIUS_ARCMIN / _FINE_ARCMIN)
    axis = np.arange(-half, half) * _FINE_ARCMIN
    radius = np.hypot(axis[:, None], axis[None, :])
    signal = 1 / (1 + (radius / cluster.core_arcmin) ** 2)
    signal *= np.clip(2 - 2 * radius / _CLUSTER_RADIUS_ARCMIN, 0, 1)
    frequency = fft.fftfreq(2 * half, _FINE_ARCMIN)
    waves = np.hypot(frequency[:, None], fft.rfftfreq(2 * half, _FINE_ARCMIN)[None, :])
    modes = fft.rfft2(signal) * np.exp(-2 * (np.pi * waves * band.sigma_arcmin) ** 2)
    smooth = fft.irfft2(modes, s=signal.shape)[half, half:]
    peak = band.sz_uk * 1e-3 * cluster.y0 / 1e-4
    x, y = sky_to_grid(cluster.ra, cluster.dec)
    return Profile((float(x), float(y)), axis[half:] / SCALE_ARCMIN, peak * smooth)


def _gaussian(peak: float, sigma: float) -> Callable[[Floats], Floats]:
    return lambda distance: peak * np.exp(-0.5 * (distance / sigma) ** 2)


def _table(radius: Floats, signal: Floats) -> Callable[[Floats], Floats]:
    return lambda distance: np.interp(distance, radius, signal)


def _paint(
    image: NDArray[np.float32],
    window: Window,
    centre: tuple[float, float],
    reach: float,
    signal: Callable[[Floats], Floats],
) -> None:
    """Add an object to the pixels within its reach; all lengths in pixels of the grid."""
    x, y = centre[0] - window.x0, centre[1] - window.y0
    left, right = max(int(x - reach), 0), min(int(x + reach) + 1, window.nx)
    low, high = max(int(y - reach), 0), min(int(y + reach) + 1, window.ny)
    if left >= right or low >= high:
        return
    east = np.arange(left, right) + 0.5 - x
    north = np.arange(low, high) + 0.5 - y
    distance = np.hypot(north[:, None], east[None, :])
    image[low:high, left:right] += signal(distance).astype(np.float32)
