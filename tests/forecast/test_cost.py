"""What stamps are estimated to cost is about what they cost, one kind beside another."""

import time
from pathlib import Path
from typing import Any

import pytest

from sptjobs.forecast.cost import cost_of
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import make
from tests.support.small_maps import make_map, request_for, wcs_cards

SHAPE = (300, 3000)
PLACES = [(0.02 * number % 5 - 2.5, -57.5) for number in range(300)]


def measured_s(folder: Path, record: MapRecord, request: CutoutRequest) -> float:
    """Least processor time of three [s], the first of which reads headers besides."""
    took = []
    for number in range(3):
        begun = time.process_time()
        make(folder / f"{record.map_id}{number}", folder, request, [record])
        took.append(time.process_time() - begun)
    return min(took)


def estimated_s(record: MapRecord, request: CutoutRequest, rows: int) -> float:
    """Estimated seconds of the request, with the rows of the map that it needs."""
    cost, count = cost_of(record, request), len(request.targets)
    pixels = (request.targets[0].xsize / record.pixel_scale_arcmin) ** 2
    stamps = count * (cost.per_stamp + cost.per_pixel * pixels)
    return cost.opening + rows * cost.per_row + stamps


@pytest.mark.alone
@pytest.mark.parametrize(
    ("kind", "style"),
    [
        ({"compression": "GZIP_2"}, {}),
        ({"compression": "RICE_1"}, {}),
        (
            {"wcs": wcs_cards(SHAPE, projection="CAR", crval=(0.0, 0.0), crpix=(1500.5, 13800.0))},
            {"projection": Projection.TAN},
        ),
    ],
    ids=["GZIP_2", "RICE_1", "TAN of CAR"],
)
def test_an_estimate_is_right_within_a_few_times(
    tmp_path: Path, kind: dict[str, Any], style: dict[str, Any]
) -> None:
    plain = make_map(tmp_path, "plain", shape=SHAPE)
    record = make_map(tmp_path, "other", shape=SHAPE, **kind)
    request = request_for(PLACES, **style)

    reached = measured_s(tmp_path, record, request) / measured_s(tmp_path, plain, request)
    said = estimated_s(record, request, 100) / estimated_s(plain, request, 100)

    assert 1 / 4 < said / reached < 4
