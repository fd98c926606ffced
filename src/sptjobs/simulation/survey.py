"""The sets of maps: which fields, observations and coadds, and the positions that test edges."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from astropy.coordinates import SkyCoord

from sptjobs.simulation.grid import Area, Window, grid_to_sky, sky_to_grid, window_around

COADD_TAG = "yearly_winter_2020"
"""Tag of the yearly coadd; its files hold it where others hold a date."""

_EPOCH = datetime.fromisoformat("2017-01-01T00:00:00")
_DURATION = timedelta(minutes=98)
_CUT_NORTH_PIXELS = 20


@dataclass(frozen=True, slots=True)
class Observation:
    """One map in three bands and two file types.

    Attributes
    ----------
    obsid
        Seconds since 2017, or the tag of a coadd.
    begin, end
        ISO 8601 UTC; the tag for a coadd.
    noise
        Noise over that of the coadd.
    plain
        Whether the filtered maps are stored uncompressed.
    """

    obsid: str
    begin: str
    end: str
    noise: float
    plain: bool = False

    @property
    def is_coadd(self) -> bool:
        """Whether this is the yearly coadd."""
        return self.obsid == COADD_TAG


@dataclass(frozen=True, slots=True)
class SimulatedField:
    """An observed area, the window of its files, and the maps made of it."""

    name: str
    area: Area
    window: Window
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """A set of simulated maps.

    Attributes
    ----------
    area
        Everything that is observed.
    places
        Positions [deg, ICRS] that meet the maps in a special way. ``edge``: observed,
        2' from the north side of the pixel arrays, so that a stamp runs over it.
        ``padding``: inside every file of its field, 20' from the nearest observed
        pixel. ``outside``: in none of the files.
    """

    name: str
    area: Area
    fields: tuple[SimulatedField, ...]
    places: dict[str, tuple[float, float]]


def single(begin: str, noise: float, *, plain: bool = False) -> Observation:
    """One observation by its start, ISO 8601 UTC."""
    start = datetime.fromisoformat(begin)
    obsid = str(int((start - _EPOCH).total_seconds()))
    return Observation(obsid, begin, (start + _DURATION).isoformat(), noise, plain)


def coadd() -> Observation:
    """The yearly coadd."""
    return Observation(COADD_TAG, COADD_TAG, COADD_TAG, 1.0)


def special_places(area: Area, window: Window) -> dict[str, tuple[float, float]]:
    """Positions on the edge, in the padding and outside of a window's files."""
    x, _ = sky_to_grid(0.2, area.dec_max)
    dec = area.dec_min + 0.35
    ra, north = grid_to_sky(float(x), window.y0 + window.ny - 8.0)
    edge = _icrs(float(ra), float(north))
    padding = (area.ra_max + 0.35 / np.cos(np.radians(dec)), dec)
    return {"edge": edge, "padding": _icrs(*padding), "outside": (20.0, -57.5)}


def _icrs(ra: float, dec: float) -> tuple[float, float]:
    place = SkyCoord(ra, dec, unit="deg", frame="fk5").icrs
    return round(float(place.ra.deg) % 360, 6), round(float(place.dec.deg), 6)


def demo_survey(noise: float) -> Survey:
    """Two neighbouring winter subfields, three observations each, and their coadd."""
    low, high = Area(-5, 5, -60.5, -56), Area(-5, 5, -56, -51.5)
    both = Area(-5, 5, -60.5, -51.5)
    whole = _window(both, 60)
    return Survey(
        "demo",
        both,
        (
            SimulatedField("winter", both, whole, (coadd(),)),
            SimulatedField(
                "ra0hdec-59.75",
                low,
                window_around(low, 60),
                (
                    single("2020-03-23T04:11:52", noise, plain=True),
                    single("2020-06-14T17:40:07", noise),
                    single("2020-09-02T09:25:31", noise),
                ),
            ),
            SimulatedField(
                "ra0hdec-52.25",
                high,
                _window(high, 60),
                (
                    single("2020-03-24T01:36:18", noise),
                    single("2020-06-15T12:02:44", noise),
                    single("2020-09-03T06:50:09", noise),
                ),
            ),
        ),
        special_places(both, whole),
    )


def tiny_survey(noise: float) -> Survey:
    """A window of 1.5 degrees a side around a cluster: one observation and the coadd."""
    area = Area(-1.4, 1.4, -58.5, -57.0)
    window = _window(area, 130)
    maps = (coadd(), single("2020-03-23T04:11:52", noise, plain=True))
    fields = (
        SimulatedField("winter", area, window, maps[:1]),
        SimulatedField("ra0hdec-59.75", area, window, maps[1:]),
    )
    return Survey("tiny", area, fields, special_places(area, window))


def full_survey() -> Survey:
    """The coadd of the whole winter field, at its real size."""
    area = Area(-50, 50, -70, -42)
    window = _window(area, 900)
    return Survey(
        "full",
        area,
        (SimulatedField("winter", area, window, (coadd(),)),),
        special_places(area, window),
    )


def _window(area: Area, margin: int) -> Window:
    return window_around(area, margin, cut_north=_CUT_NORTH_PIXELS)
