from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sptjobs.forecast.map_selection import catalogue_problems, select_maps
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.uws.mjd import modified_julian_date as mjd

HERE = Target("a", 0.0, -57.0, 10.0, 10.0)


def record(map_id: str, **attributes: Any) -> MapRecord:
    facts: dict[str, Any] = {
        "map_id": map_id, "path": f"{map_id}.fits", "collection": "c", "field": "f",
        "band": "150GHz", "filetype": "filtered", "obsid": map_id, "tag": None, "season": None,
        "date_beg": None, "date_end": None, "unit": "mJy", "weight_unit": None, "beam_arcmin": 1.2,
        "band_centre_ghz": 150.0, "projection": "ZEA", "frame": "ICRS", "pixel_scale_arcmin": 0.25,
        "shape": (10, 10), "sci_hdu": 1, "wgt_hdu": 2, "compression": None, "wcs": {},
        "footprint": (), "observed_box": (0, 0, 10, 10), "sha256": "0" * 64, "size_bytes": 1,
        "mtime_ns": 1,
    }  # fmt: skip
    return MapRecord(**facts | attributes)


def observation(map_id: str, begin: str, end: str | None = None, **more: Any) -> MapRecord:
    return record(map_id, date_beg=begin, date_end=end, **more)


def coadd(map_id: str, tag: str, **more: Any) -> MapRecord:
    return record(map_id, tag=tag, obsid=tag, **more)


OBSERVATIONS = [
    observation("o1", "2020-03-01T00:00:00", "2020-03-01T01:38:00"),
    observation("o2", "2020-03-01T23:59:59.999", "2020-03-02T01:00:00"),
    observation("o3", "2020-03-02T12:00:00", "2020-03-02T13:00:00", filetype="passthrough"),
    observation("o4", "2020-03-03T00:00:00", "2020-03-03T01:00:00", filetype="coadd-subtracted"),
]
COADDS = [
    coadd("c19", "yearly_winter_2019"),
    coadd("c20", "yearly_winter_2020"),
    coadd("c20p", "yearly_winter_2020", filetype="passthrough"),
    coadd("c20x", "rawmap_v1_2019_2020", filetype="passthrough"),
    coadd("c20s", "yearly_2018", field="g"),
    coadd("c90", "yearly_winter_2019", band="90GHz"),
]
ARCHIVE = OBSERVATIONS + COADDS


def chosen(**attributes: Any) -> list[str]:
    request = CutoutRequest(targets=(HERE,), filetypes=("passthrough", "filtered"))
    return [r.map_id for r in select_maps(ARCHIVE, replace(request, **attributes))]


def test_without_tags_and_times_the_newest_coadd_of_each_field_band_and_type_answers() -> None:
    assert chosen(filetypes=("filtered",)) == ["c90", "c20", "c20s"]
    assert chosen() == ["c90", "c20p", "c20", "c20s"]
    assert chosen(filetypes=("coadd-subtracted",)) == []


def test_a_season_tells_the_year_of_a_coadd_whose_tag_does_not() -> None:
    maps = [coadd("b", "first", season="winter_2021"), coadd("a", "second", season="winter_2020")]
    request = CutoutRequest(targets=(HERE,))
    assert [r.map_id for r in select_maps(maps, request)] == ["b"]
    assert [r.map_id for r in select_maps(maps[::-1], request)] == ["b"]


def test_both_end_days_are_included_whole() -> None:
    first = date(2020, 3, 1)
    assert chosen(date_start=first, date_end=first) == ["o1", "o2"]
    assert chosen(date_start=date(2020, 3, 2)) == ["o3"]
    assert chosen(date_end=date(2020, 3, 2)) == ["o3", "o1", "o2"]


def test_bands_and_file_types_narrow_the_choice() -> None:
    assert chosen(date_start=date(2020, 1, 1), filetypes=("coadd-subtracted",)) == ["o4"]
    assert chosen(date_start=date(2020, 1, 1), bands=("90GHz",)) == []
    assert chosen(bands=("90GHz",)) == ["c90"]


def test_tags_choose_coadds_and_with_dates_both_answer() -> None:
    assert chosen(coadds=("yearly_winter_2019",)) == ["c90", "c19"]
    assert chosen(coadds=("yearly_winter_2019",), date_end=date(2020, 3, 1)) == [
        "c90",
        "c19",
        "o1",
        "o2",
    ]


@pytest.mark.parametrize(
    ("times", "response"),
    [
        ([("2020-03-01T01:38:00", None)], ["o3", "o1", "o2"]),
        ([("2020-03-01T01:38:01", None)], ["o3", "o2"]),
        ([(None, "2020-03-01T23:59:59")], ["o1"]),
        ([("2020-03-02T00:30:00", "2020-03-02T00:30:00")], ["o2"]),
        ([("2020-03-02T02:00:00", "2020-03-02T03:00:00")], []),
        ([(None, "2020-03-01T00:30:00"), ("2020-03-02T12:30:00", None)], ["o3", "o1"]),
        ([("2020-03-02T00:30:00", "2020-03-02T00:31:00"), (None, None)], ["o3", "o1", "o2"]),
    ],
)
def test_observations_answer_that_overlap_the_times_of_any_target(
    times: list[tuple[str | None, str | None]], response: list[str]
) -> None:
    targets = tuple(
        replace(
            HERE,
            tmin=None if a is None else mjd(a),
            tmax=None if b is None else mjd(b),
        )
        for a, b in times
    )
    assert chosen(targets=targets) == response


def test_the_choice_does_not_depend_on_the_order_of_the_catalogue() -> None:
    request = CutoutRequest(targets=(HERE,), date_start=date(2020, 1, 1), coadds=("yearly_2018",))
    assert select_maps(ARCHIVE, request) == select_maps(ARCHIVE[::-1], request)


def test_a_tag_that_no_map_has_is_stated_with_those_that_there_are() -> None:
    request = CutoutRequest(targets=(HERE,), coadds=("yearly_2018", "yearly_2030"))
    (problem,) = catalogue_problems(ARCHIVE, request)
    assert (problem.field, problem.value) == ("COADD", "yearly_2030")
    assert "yearly_2018" in problem.message
    (problem, _) = catalogue_problems([], request)
    assert "there are no coadds" in problem.message


def test_a_map_that_is_asked_for_by_name_and_not_there_is_stated() -> None:
    there = ARCHIVE[0].map_id
    request = CutoutRequest(targets=(HERE,), map_ids=(there, "nothing_here"))
    (problem,) = catalogue_problems(ARCHIVE, request)
    assert (problem.field, problem.value) == ("ID", "nothing_here")


def test_modified_julian_dates_are_those_of_the_iau() -> None:
    assert mjd("2000-01-01T12:00:00") == 51544.5
    assert mjd("2020-03-01T00:00:00.000") == 58909


def test_a_map_that_is_named_answers_whatever_it_is_unless_observed_at_other_times() -> None:
    every = ("passthrough", "filtered", "coadd-subtracted")
    assert chosen(map_ids=("o4", "c19"), filetypes=every) == ["c19", "o4"]
    assert chosen(map_ids=("o4", "c19"), filetypes=every, bands=("90GHz",)) == []
    timed = replace(HERE, tmin=mjd("2020-03-02T12:30:00"), tmax=None)
    assert chosen(map_ids=("o1", "o4", "c19"), filetypes=every, targets=(timed,)) == ["c19", "o4"]
    assert chosen(map_ids=("c19", "c20"), coadds=("yearly_winter_2020",)) == ["c20"]


def test_maps_hold_total_intensity() -> None:
    assert chosen(polarizations=("Q", "U")) == []
    assert chosen(polarizations=("Q", "I")) == chosen()
