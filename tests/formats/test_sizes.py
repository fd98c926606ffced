"""Sizes on the sky of maps whose pixels are not squares of one area."""

from pathlib import Path

import pytest

from sptjobs.formats.flat_sky.placing import native_box
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.formats.placement import Need
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from tests.request.test_selection import record
from tests.support.small_maps import make_map, wcs_cards


def of(projection: str, *, wide: float = 0.25, dec: float = 0.0) -> MapRecord:
    """A map of 500 by 300 pixels around a declination; all but ZEA and TAN refer to the equator."""
    cylindrical = projection in {"CAR", "MER", "CEA"}
    cards = wcs_cards(
        (300, 500),
        projection=projection,
        crval=(0.0, 0.0 if cylindrical else dec),
        crpix=(250.5, 150.5 - (dec / 0.25 * 60 if cylindrical else 0)),
        frame="ICRS",
    )
    cards["CDELT1"] = -wide / 60
    return record("1", projection=projection, wcs=cards, shape=(300, 500))


@pytest.mark.parametrize("place", [(249.5, 149.5), (3.0, 7.0), (480.0, 290.0)])
@pytest.mark.parametrize(
    ("each", "shape"),
    [
        (of("ZEA", dec=-57.5), (40, 40)),
        (of("TAN", dec=-57.5), (40, 40)),
        (of("ZEA", dec=-57.5, wide=0.5), (40, 20)),
        (of("TAN", dec=-57.5, wide=0.5), (40, 20)),
        (of("CAR"), (40, 40)),
        (of("CAR", wide=0.125), (40, 80)),
    ],
    ids=lambda value: (
        f"{value.projection} {value.wcs['CDELT1']:.4f}" if isinstance(value, MapRecord) else None
    ),
)
def test_a_stamp_has_its_size_along_each_axis_anywhere_on_the_map(
    each: MapRecord, shape: tuple[int, int], place: tuple[float, float]
) -> None:
    assert native_box(each, Need(*place, 10.0, 10.0)).shape == shape


def test_near_a_pole_a_stamp_that_would_be_huge_is_refused_with_what_to_do(tmp_path: Path) -> None:
    cards = of("CAR", dec=-89.9).wcs
    polar = make_map(tmp_path, shape=(30, 50), wcs=cards | {"CRPIX1": 25.5, "CRPIX2": 21591.5})
    with open_map(tmp_path, polar, []) as opened, pytest.raises(MapError, match="or for a TAN"):
        opened.native(Need(24.5, 14.5, 30.0, 30.0), pad=True)


def test_far_from_its_equator_a_plate_carree_gives_more_columns() -> None:
    far = of("CAR", dec=-57.5)
    assert native_box(far, Need(249.5, 149.5, 10.0, 10.0)).shape == (40, 75)
