"""A format whose maps have no grid of their own is catalogued, planned and cut as any other."""

# ruff: noqa: ARG002 - what a format makes nothing of is given to it all the same

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from mocpy import MOC

from sptjobs.archive.scan import scan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.map_content import (
    Cards,
    Geometry,
    Loss,
    MapWindow,
    OutputGrid,
    Pixels,
    Plane,
    SourceCard,
)
from sptjobs.formats.map_format import MapFormat, OpenMap, UncataloguedMap
from sptjobs.formats.opening import known_formats
from sptjobs.formats.placement import Need, Placed, Sizes
from sptjobs.formats.sky_positions import Indices, Positions, SkyFrame
from sptjobs.formats.stored_file import stored_file
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import NOTHING_STATED, Statement
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.request.cutout_request import Order, Projection
from sptjobs.uws.errors import ParameterError
from tests.support.cutting import make
from tests.support.small_maps import make_map, request_for

NAME = "7_90GHz_psth.fits"
RINGS = {
    "RING1": {"dec": [-58.0, -57.5], "value": 1.5},
    "RING2": {"dec": [-57.5, -57.0], "value": 2},
}
"""The sky as rings of equal declination: a place is in the ring of its declination, or in none."""


def ring_of(dec: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Number of the ring of each declination [deg]; -1 in none."""
    found = np.full(np.shape(dec), -1)
    for number, ring in enumerate(RINGS.values()):
        found[(ring["dec"][0] <= dec) & (dec < ring["dec"][1])] = number  # type: ignore[index]
    return found


VALUES = np.array([ring["value"] for ring in RINGS.values()], dtype="f4")


class UncataloguedRings(UncataloguedMap):
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    @property
    def cards(self) -> Mapping[str, object]:
        return dict(self._content["cards"])

    def geometry(self) -> Geometry:
        if not self._content["rings"]:
            raise MapError("has no ring")
        polygon = ((10.0, -58.0), (10.0, -57.0), (350.0, -57.0), (350.0, -58.0))
        return Geometry(
            "RINGS", "ICRS", 0.25, (1, len(RINGS)), 0, 0, None, {}, (polygon,), (0, 0, 2, 1)
        )

    def moc(self) -> str:
        corners = SkyCoord([[350.0, -58.0], [10.0, -57.0]], unit="deg")
        return str(MOC.from_zone(corners, max_depth=6).to_string("ascii"))


@dataclass(frozen=True)
class OpenRings(OpenMap):
    record: MapRecord

    def native(self, need: Need, *, pad: bool) -> MapWindow | None:
        raise AssertionError("nothing asks for native stamps of a map without a grid")

    def resampled(self, grid: OutputGrid, order: Order) -> tuple[Pixels, Pixels] | None:
        y, x = np.indices(grid.shape)
        _, dec = map_wcs(grid.wcs).wcs_pix2world(x.ravel(), y.ravel(), 0)
        rings = ring_of(dec.reshape(grid.shape))
        if (rings < 0).all():
            return None
        observed = rings >= 0
        return np.where(observed, VALUES[rings], np.nan), observed.astype("f4")

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        return float(VALUES[int(x)]), 1.0

    @property
    def is_weighted(self) -> bool:
        return False

    def carried(self, plane: Plane, *, resampled: bool) -> Sequence[SourceCard]:
        return [SourceCard("RINGS", 2, "", "RINGS   =                    2")]

    def loss(self, plane: Plane) -> Loss | None:
        return None

    def shifted(self, plane: Plane, wcs: Mapping[str, Any]) -> Cards:
        raise AssertionError("nothing shifts cards of a map without a grid")


class Rings(MapFormat):
    name = "rings"

    def recognises(self, file: Path) -> bool:
        with file.open("rb") as stream:
            return stream.read(1) == b"{"

    @contextmanager
    def examine(self, file: Path, stated: Statement) -> Iterator[UncataloguedMap]:
        assert stated == NOTHING_STATED
        yield UncataloguedRings(json.loads(file.read_text("ascii")))

    def place(
        self, record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes
    ) -> Placed:
        dec = positions.in_frame(SkyFrame("ICRS")).lat[asked]
        found = np.flatnonzero((dec > -58.5) & (dec < -56.5))
        ring = ring_of(dec[found]).astype(float)
        still = np.zeros(len(found))
        return Placed(found, ring, still, still, still, still + 1, still + 1)

    def holds(self, record: MapRecord, x: float, y: float) -> bool:
        return x >= 0

    @contextmanager
    def open(self, archive: Path, record: MapRecord, needs: Iterable[Need]) -> Iterator[OpenMap]:
        with stored_file(archive, record) as file:
            assert file.stream.read(1) == b"{"
            yield OpenRings(record)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_formats, "FORMATS", (Rings(), *known_formats.FORMATS))


@pytest.fixture
def record(tmp_path: Path) -> MapRecord:
    return catalogued(tmp_path)


def catalogued(folder: Path, rings: dict[str, Any] = RINGS) -> MapRecord:
    cards = {
        "FIELD": "ring", "DATE-BEG": "2019-03-01T06:00:00", "DATE-END": "2019-03-01T08:00:00",
    }  # fmt: skip
    (folder / NAME).write_text(json.dumps({"cards": cards, "rings": rings}))
    (item,) = [found for found in scan(folder, {}) if found.path == NAME]
    assert isinstance(item, MapRecord), item
    return item


def test_it_is_recognised_and_catalogued(record: MapRecord) -> None:
    assert (record.format, record.map_id, record.field) == ("rings", "7_90GHz_psth", "ring")
    assert MapRecord.from_json(record.to_json()).format == "rings"
    assert record.block_sums is not None


def test_what_it_says_is_wrong_with_a_file_is_the_reason(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="has no ring"):
        catalogued(tmp_path, {})


@pytest.mark.parametrize("beside", [False, True])
def test_its_stamps_are_resampled_beside_those_of_other_formats(
    tmp_path: Path, record: MapRecord, beside: bool
) -> None:
    maps = [record, make_map(tmp_path, "flat", record={"obsid": "2"})] if beside else [record]
    places = [(0.0, -57.75), (0.0, -57.5), (0.0, -58.0), (0.0, -40.0)]
    request = request_for(places, 3, projection=Projection.TAN)
    made = make(tmp_path / "job", tmp_path, request, maps)
    rings = [outcome for outcome in made.outcomes if outcome.map_id == record.map_id]
    assert [outcome.status for outcome in rings] == ["ok", "ok", "partial", "outside"]
    with made.stamp(rings[0]) as stamp:
        assert (stamp["SCI"].data == 1.5).all()
        assert stamp["SCI"].header["RINGS"] == 2
    with made.stamp(rings[1]) as stamp:
        assert set(np.unique(stamp["SCI"].data)) == {1.5, 2}


def test_its_points_make_light_curves(tmp_path: Path, record: MapRecord) -> None:
    places = [(0.0, -57.75), (0.0, -57.2), (0.0, -56.9)]
    record = replace(record, unit="mK", weight_unit="mK-2")
    made = make(tmp_path / "job", tmp_path, request_for(places, products=("lightcurve",)), [record])
    points = list(iter_points(made.packs, [read_head(pack) for pack in made.packs]))
    assert [(point.target, point.value) for point in points] == [(0, 1.5), (1, 2.0)]


def test_native_stamps_of_it_are_refused_by_the_name_of_the_map(
    tmp_path: Path, record: MapRecord
) -> None:
    with pytest.raises(ParameterError, match="7_90GHz_psth has no pixels in rows and columns"):
        plan(request_for([(0.0, -57.5)]), [record], 1.0)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_text("{")])
def test_a_damaged_file_of_it_fails_its_own_pairs(
    tmp_path: Path, record: MapRecord, harm: Callable[[Path], None]
) -> None:
    good = make_map(tmp_path, "flat", record={"obsid": "2"})
    harm(tmp_path / NAME)
    request = request_for([(0.0, -57.5)], 3, projection=Projection.TAN)
    made = make(tmp_path / "job", tmp_path, request, [record, good])
    assert [outcome.status for outcome in made.outcomes] == ["failed", "ok"]


def test_a_map_of_a_format_that_is_not_known_any_more_is_refused_by_its_name(
    record: MapRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_formats, "FORMATS", known_formats.FORMATS[1:])
    with pytest.raises(MapError, match="format rings, which this release does not read"):
        known_formats.format_of(record)
