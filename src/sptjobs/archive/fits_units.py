"""Unit strings as FITS has them."""

from astropy import units

from sptjobs.maps.map_error import MapError


def fits_unit(value: object) -> str:
    """Give a unit string as it is.

    Raises
    ------
    MapError
        It is none that FITS knows.
    """
    try:
        if isinstance(value, str) and value.strip():
            units.Unit(value, format="fits")
            return value
    except ValueError:
        pass
    raise MapError(f"{value!r} is not a unit that FITS knows")
