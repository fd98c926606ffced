import contextlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.maps.site import packaged_kinds
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.request.parameter_values import FINEST_ARCMIN
from sptjobs.request.parsing import echo, echo_json, parse_json_request, parse_request
from sptjobs.request.request_reader import MAP_PIXEL_ARCMIN
from sptjobs.request.stamp_memory import BYTES_PER_PIXEL, MAX_STAMP_PIXELS, stamp_pixels
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN
from sptjobs.request.vocabulary import CUTOUT_NAMES
from sptjobs.uws.errors import (
    InvalidRequestError,
    MultiValuedParamNotSupported,
    TooLargeError,
    UsageError,
)
from tests.support.scale import scaled

TABLE = "RA,DEC,OBJID\n10,-50,a\n11,-51,b\n"
ONE = (("RA", "10"), ("DEC", "-50"), ("OBJID", "a"))


def ask(
    *fields: tuple[str, str], uploads: Mapping[str, bytes] | None = None, max_targets: int = 10
) -> CutoutRequest:
    return parse_request(fields, uploads or {}, max_targets=max_targets)


def problems(
    *fields: tuple[str, str], uploads: Mapping[str, bytes] | None = None
) -> dict[str, str]:
    with pytest.raises(InvalidRequestError) as caught:
        ask(*fields, uploads=uploads)
    return {problem.field: problem.message for problem in reversed(caught.value.problems)}


def names(request: CutoutRequest) -> list[str]:
    return [target.objid for target in request.targets]


def test_a_table_alone_asks_for_the_newest_filtered_coadds_in_all_bands() -> None:
    assert ask(("POSITIONS", TABLE)) == CutoutRequest(
        targets=(Target("a", 10, -50, 10, 10), Target("b", 11, -51, 10, 10)),
        bands=packaged_kinds().band_names,
        filetypes=("filtered",),
    )


def test_every_parameter_is_read_with_its_name_in_any_case() -> None:
    assert ask(
        ("positions", TABLE), ("xsize", "6"), ("YSize", "7"), ("bands", "150GHz,95GHz"),
        ("Bands", "90GHz"), ("filetype", "passthrough"), ("date_start", "2020-02-29"),
        ("date_end", "2020-02-29"), ("coadd", "yearly_winter_2020, yearly_winter_2019"),
        ("projection", "tan"), ("pixel_scale", "0.5"), ("order", "exact"), ("pad", "false"),
        ("products", "preview,fits"),
    ) == CutoutRequest(
        targets=(Target("a", 10, -50, 6, 7), Target("b", 11, -51, 6, 7)),
        bands=("90GHz", "150GHz"),
        filetypes=("passthrough",),
        date_start=date(2020, 2, 29),
        date_end=date(2020, 2, 29),
        coadds=("yearly_winter_2019", "yearly_winter_2020"),
        projection=Projection.TAN,
        pixel_scale=0.5,
        order=Order.EXACT,
        pad=False,
        products=("fits", "preview"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "field",
    [("COADD", "y2020"), ("DATE_START", "2020-01-01"), ("DATE_END", "2020-01-01"), ("TIME", "1 2")],
)
def test_tags_dates_and_times_ask_for_passthrough_maps_too(field: tuple[str, str]) -> None:
    assert ask(*ONE, field).filetypes == ("passthrough", "filtered")


@pytest.mark.parametrize(
    "fields",
    [
        (*ONE, ("DATE_START", "2020-01-01")), (*ONE, ("DATE_END", "2020-01-01")),
        (*ONE, ("TIME", "58849 58850")), [("POSITIONS", "RA,DEC,TMIN\n1,-2,58849\n3,-4,\n")],
        (*ONE, ("TIME", "58849 58850"), ("COADD", "y2020"), ("PRODUCTS", "fits")),
    ],
)  # fmt: skip
def test_light_curves_are_made_of_single_observations(fields: list[tuple[str, str]]) -> None:
    request = ask(*fields, ("PRODUCTS", "LightCurve"))
    assert "lightcurve" in request.products
    assert request.makes_stamps == (("PRODUCTS", "fits") in fields)


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ([], "PRODUCTS", "lightcurve"),
        ([("COADD", "y2020")], "PRODUCTS", "lightcurve"),
        ([("FILETYPE", "filtered")], "PRODUCTS", "lightcurve"),
        ([("COADD", "y2020"), ("DATE_START", "2020-01-01")], "COADD", "y2020"),
    ],
)
def test_light_curves_of_coadds_are_refused(
    more: list[tuple[str, str]], field: str, value: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ask(*ONE, ("PRODUCTS", "lightcurve"), *more)
    problem = caught.value.problems[0]
    assert (problem.field, problem.value) == (field, value)


@pytest.mark.parametrize(
    ("fields", "uploads"),
    [
        ([("POSITIONS", "param:t")], {"t": TABLE.encode()}),
        ([("UPLOAD", "positions,param:t")], {"t": TABLE.encode()}),
        ([("upload", " Positions , param:t ")], {"t": TABLE.encode()}),
        ([], {"positions": TABLE.encode()}),
    ],
)
def test_a_table_may_be_an_uploaded_part(
    fields: list[tuple[str, str]], uploads: dict[str, bytes]
) -> None:
    assert names(ask(*fields, uploads=uploads)) == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "uploads", "field"),
    [
        ([("POSITIONS", "param:x")], {"t": b""}, "POSITIONS"),
        ([("POSITIONS", TABLE)], {"t": b""}, "UPLOAD"),
        ([("UPLOAD", "positions,http://example.org/t.csv")], {}, "UPLOAD"),
        ([("UPLOAD", "table,param:t")], {"t": b""}, "UPLOAD"),
        ([("POSITIONS", TABLE)], {"POSITIONS": TABLE.encode()}, "POSITIONS"),
        ([("POSITIONS", TABLE), ("RA", "1"), ("DEC", "2")], {}, "POSITIONS"),
        ([("CIRCLE", "1 2 0.1"), ("RA", "1"), ("DEC", "2")], {}, "POSITIONS"),
        ([], {}, "POSITIONS"),
    ],
)
def test_targets_that_are_nowhere_or_in_two_places_are_refused(
    fields: list[tuple[str, str]], uploads: dict[str, bytes], field: str
) -> None:
    assert field in problems(*fields, uploads=uploads)


def test_circles_are_squares_around_them_in_the_order_given() -> None:
    request = ask(("CIRCLE", "10 -50 0.1"), ("CIRCLE", "360 -51 0.05"), ("POS", "circle 12 -52 1"))
    assert [(t.ra, t.dec, t.xsize, t.ysize) for t in request.targets] == [
        (10, -50, 12, 12),
        (0, -51, 6, 6),
        (12, -52, 120, 120),
    ]


@pytest.mark.parametrize(
    ("intervals", "bands"),
    [
        (["0.0019 0.0021", "0.0025 Inf"], ("90GHz", "150GHz")),
        (["0.0019 0.0021", "0.0018 0.002"], ("150GHz",)),
        (["0.0019 0.0021", "1 2"], ("150GHz",)),
        (["1 2", "3 4"], ()),
    ],
)
def test_several_intervals_choose_the_bands_of_each_and_one_without_a_band_adds_none(
    intervals: list[str], bands: tuple[str, ...]
) -> None:
    fields = [("CIRCLE", "0.25 -57.8 0.05"), *(("BAND", each) for each in intervals)]
    assert parse_request(fields, {}, max_targets=5).bands == bands


def test_the_smallest_size_survives_the_way_through_degrees() -> None:
    assert ask(("CIRCLE", f"1 2 {0.25 / 120:.9f}")).targets[0].xsize == pytest.approx(0.25)


def test_times_apply_to_targets_that_have_none_of_their_own() -> None:
    table = "RA,DEC,OBJID,TMIN\n1,2,a,58000\n1,2,b,\n"
    request = ask(("POSITIONS", table), ("TIME", "59000 +Inf"))
    assert [(t.tmin, t.tmax) for t in request.targets] == [(58000, None), (59000, None)]
    # A plus sign that was not escaped in a URL arrives as a blank.
    assert ask(*ONE, ("TIME", "59000  Inf")).targets[0].tmin == 59000


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SIZE", "0", "from 0.25 to 120"), ("SIZE", "-1", "from"), ("SIZE", "NaN", "finite"),
        ("SIZE", "1e6", "from"), ("XSIZE", "ten", "decimal number"), ("SIZE", "", "missing"),
        ("BANDS", "140GHz", "did you mean 150GHz"), ("BANDS", "", "no value"),
        ("FILETYPE", "filterd", "did you mean filtered"),
        ("DATE_START", "2020-02-30", "no day"), ("DATE_END", "20200101", "YYYY-MM-DD"),
        ("DATE_END", "2020-W01-1", "YYYY-MM-DD"), ("COADD", "../x", "tag"),
        ("PROJECTION", "ZEA", "native, TAN"), ("ORDER", "cubic", "bilinear"),
        ("PAD", "yes", "true or false"), ("PRODUCTS", "png", "fits, preview"),
        ("PRODUCTS", "lightcurve", "single observations"), ("PIXEL_SCALE", "0.1", "PROJECTION=TAN"),
        ("ORDER", "exact", "PROJECTION=TAN"), ("TIME", "58000", "two modified Julian dates"),
        ("TIME", "2 1", "after the last"),
        ("TIME", "-Inf Inf", "no limit"),
        ("ID", "ivo://else.where/maps?x", "no map of this service"), ("ID", "a/b", "no map"),
        ("BAND", "150GHz", "BANDS"), ("BAND", "2 1", "above the last"),
        ("BAND", "Inf Inf", "nothing"),
        ("POL", "K", "I, Q, U, V"), ("PLANES", "wgt", "sci"), ("PLANES", "noise", "sci, wgt"),
        ("UNIFORM_COVERAGE", "1.5", "from 0 to 1"), ("UNIFORM_COVERAGE", "yes", "decimal number"),
        ("MASK_OUTSIDE", "true", "POLYGON"), ("PIXELSCALE", "1", "did you mean PIXEL_SCALE"),
        ("FOO", "1", "no such parameter"), ("COADD", "a\0b", "XML cannot carry"),
        ("BANDS", "\ud800", "XML cannot carry"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_with_its_value_and_what_to_do(
    name: str, value: str, says: str
) -> None:
    message = problems(*ONE, (name, value))[name]
    assert says in message
    assert repr(value) in message


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CIRCLE", "1 2", "three numbers"), ("CIRCLE", "4000 2 0.1", "from -3600"),
        ("CIRCLE", "1 91 0.1", "-90 to 90"), ("CIRCLE", "1 2 -0.1", "from 0 to 180"),
        ("TIME", "nan 1", "finite"), ("TIME", "2459000 2459001", "less 2400000.5"),
        ("CIRCLE", "1 2 200", "from 0 to 180"), ("CIRCLE", "nan 2 1", "finite"),
        ("BAND", "-1 2", "metres"), ("BAND", "nan 1", "finite"),
        ("POS", "RANGE 1 2 3", "four numbers"), ("POS", "RANGE 0 360 -60 -50", "its middle"),
        ("POS", "RANGE 0 360 -60 60", "most of the sky"),
        ("POS", "POLYGON 1 2 3 4 5", "pairs"), ("POLYGON", "0 0 1 1 0 1 1 0", "crosses itself"),
        ("POS", "BOX 1 2 3 4", "CIRCLE ra dec radius"), ("POS", "", "CIRCLE ra dec radius"),
    ],
)  # fmt: skip
def test_a_wrong_region_or_time_says_what_is_taken(name: str, value: str, says: str) -> None:
    assert says in problems((name, value))[name]


@pytest.mark.parametrize("order", [(), (("ORDER", "bilinear"),), (("ORDER", "nearest"),)])
def test_a_coarser_scale_needs_an_order_that_loses_no_pixels(
    order: tuple[tuple[str, str], ...],
) -> None:
    tan = (*ONE, ("PROJECTION", "TAN"), *order)
    assert "ORDER=adaptive" in problems(*tan, ("PIXEL_SCALE", "0.3"))["PIXEL_SCALE"]
    assert ask(*tan, ("PIXEL_SCALE", "0.25")).pixel_scale == 0.25


@pytest.mark.parametrize(
    ("targets", "pixels"),
    [
        ([("SIZE", "120")], "2400 x 2400"),
        ([("XSIZE", "120"), ("YSIZE", "90")], "2400 x 1800"),
    ],
)
def test_a_stamp_that_no_cutting_process_has_memory_for_is_refused(
    targets: list[tuple[str, str]], pixels: str
) -> None:
    tan = (*ONE, *targets, ("PROJECTION", "TAN"))
    message = problems(*tan, ("PIXEL_SCALE", "0.05"))["PIXEL_SCALE"]
    assert f"makes the stamp of a {pixels} pixels, up to 4194304" in message
    assert ask(*tan, ("PIXEL_SCALE", "0.06")).pixel_scale == 0.06
    with pytest.raises(InvalidRequestError, match="the stamp of b 2400 x 2400"):
        ask(
            ("POSITIONS", "RA,DEC,XSIZE,OBJID\n1,-50,10,a\n1,-51,120,b\n"),
            ("PROJECTION", "TAN"), ("PIXEL_SCALE", "0.05"),
        )  # fmt: skip


@given(
    xsize=st.floats(MIN_SIZE_ARCMIN, MAX_SIZE_ARCMIN),
    ysize=st.floats(MIN_SIZE_ARCMIN, MAX_SIZE_ARCMIN),
    scale=st.floats(FINEST_ARCMIN, MAP_PIXEL_ARCMIN),
)
@settings(max_examples=scaled(200))
def test_whatever_is_accepted_fits_into_a_cutting_process(
    xsize: float, ysize: float, scale: float
) -> None:
    sizes = (("XSIZE", repr(xsize)), ("YSIZE", repr(ysize)))
    asked = (*ONE, *sizes, ("PROJECTION", "TAN"), ("PIXEL_SCALE", repr(scale)))
    if (xsize / scale + 1) * (ysize / scale + 1) <= MAX_STAMP_PIXELS:
        assert ask(*asked).pixel_scale == scale
    with contextlib.suppress(InvalidRequestError):
        across, up = stamp_pixels(ask(*asked).targets[0], scale)
        assert across * up * BYTES_PER_PIXEL <= (1 << 30) * 5 // 8
        assert across >= xsize / scale - 0.001


def test_conflicting_parameters_are_refused() -> None:
    assert "SIZE" in problems(*ONE, ("SIZE", "5"), ("XSIZE", "6"))
    assert "SIZE" in problems(("CIRCLE", "1 2 0.1"), ("SIZE", "6"))
    assert "DATE_START" in problems(*ONE, ("DATE_START", "2021-01-02"), ("DATE_END", "2021-01-01"))


def test_a_single_valued_parameter_given_twice_is_refused_by_sodas_own_name() -> None:
    with pytest.raises(MultiValuedParamNotSupported, match="SIZE: may be given once"):
        ask(*ONE, ("SIZE", "5"), ("size", "5"))


def test_all_problems_are_stated_at_once() -> None:
    found = problems(("POSITIONS", "RA,DEC\nx,1\n"), ("SIZE", "0"), ("BANDS", "1"), ("FOO", "1"))
    assert set(found) == {"RA", "SIZE", "BANDS", "FOO"}


def test_too_many_targets_are_too_large() -> None:
    with pytest.raises(TooLargeError):
        ask(*[("CIRCLE", "1 2 0.1")] * 11)
    with pytest.raises(TooLargeError):
        ask(("POSITIONS", TABLE), max_targets=1)


def test_json_asks_for_the_same_as_a_form() -> None:
    document = {
        "positions": [
            {"ra": 10, "dec": -50.0, "objid": "a"},
            {"RA": "00:44:00", "Dec": "-51", "objid": "b", "xsize": 5, "tmin": None, "z": 1.2},
        ],
        "size": 7.5, "bands": ["90GHz", "220GHz"], "filetype": "filtered", "projection": "TAN",
        "pad": False, "products": ["fits", "preview"], "time": [58000, None], "order": None,
    }  # fmt: skip
    table = "RA,DEC,OBJID,XSIZE\n10,-50,a,\n11,-51,b,5\n"
    assert parse_json_request(document, max_targets=5) == ask(
        ("POSITIONS", table), ("SIZE", "7.5"), ("BANDS", "90GHz,220GHz"), ("FILETYPE", "filtered"),
        ("PROJECTION", "TAN"), ("PAD", "false"), ("PRODUCTS", "fits,preview"),
        ("TIME", "58000 Inf"),
    )  # fmt: skip


def test_json_takes_csv_text_and_circles() -> None:
    assert names(parse_json_request({"positions": TABLE}, max_targets=5)) == ["a", "b"]
    for circles in ([1, 2, 0.1], [[1, 2, 0.1]], "1 2 0.1", ["1 2 0.1"]):
        assert len(parse_json_request({"circle": circles}, max_targets=5).targets) == 1


@pytest.mark.parametrize(
    ("document", "field", "row"),
    [
        ([], "BODY", None), ("x", "BODY", None), (None, "BODY", None), ({}, "POSITIONS", None),
        ({"positions": {}}, "POSITIONS", None), ({"positions": []}, "POSITIONS", None),
        ({"positions": [5]}, "POSITIONS", 1),
        ({"positions": [{"ra": 1, "dec": 2}, {"ra": True, "dec": 1}]}, "RA", 2),
        ({"positions": [{"ra": [1], "dec": 2}]}, "RA", 1),
        ({"positions": [{"ra": float("nan"), "dec": 2}]}, "RA", 1),
        ({"positions": [{"ra": 10**5000, "dec": 2}]}, "RA", 1),
        ({"positions": [{"dec": 2}]}, "RA", 1),
        ({"positions": [{"ra": 1, "RA": 1, "dec": 2}]}, "RA", 1),
        ({"positions": [{"ra": 1, "dec": 2, "size": 3}]}, "SIZE", 1),
        ({"ra": 1, "dec": 2, "size": [3]}, "SIZE", None),
        ({"ra": 1, "dec": 2, "pad": 1}, "PAD", None),
        ({"ra": 1, "dec": 2, "time": [{}, []]}, "TIME", None),
        ({"ra": 1, "dec": 2, "bands": []}, "BANDS", None),
        ({"ra": 1, "dec": 2, "bands": [{}]}, "BANDS", None),
        ({"ra": 1, "dec": 2, "Bands": "90GHz", "bands": "90GHz"}, "BANDS", None),
        ({"ra": 1, "dec": 2, "pixel_scale": True}, "PIXEL_SCALE", None),
    ],
)  # fmt: skip
def test_a_wrong_json_value_is_named_by_field_and_row(
    document: Any, field: str, row: int | None
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_json_request(document, max_targets=5)
    assert (field, row) in [(problem.field, problem.row) for problem in caught.value.problems]


def test_the_echo_shows_what_was_sent_and_nothing_of_the_protocol() -> None:
    fields = [("size", " 5"), ("PHASE", "RUN"), ("runid", "x"), ("Bands", "95GHz"), ("bands", "b")]
    assert echo(fields, ["Positions", "t"]) == (
        ("SIZE", " 5"), ("BANDS", "95GHz"), ("BANDS", "b"), ("POSITIONS", "param:Positions"),
    )  # fmt: skip
    assert echo_json({"size": 5, "bands": ["90GHz"], "order": None, "positions": TABLE}) == (
        ("SIZE", "5"),
        ("BANDS", '["90GHz"]'),
        ("POSITIONS", TABLE),
    )


texts = st.one_of(
    st.sampled_from(["1", "-1", "1 2 0.1", "TAN", "90GHz", TABLE, "param:t", "positions,param:t",
                     "2020-01-01", "CIRCLE 1 2 0.1", "58000 Inf", "fits,preview", "", ","]),
    st.text(max_size=12),
)  # fmt: skip
form_fields = st.lists(
    st.tuples(st.one_of(st.sampled_from(CUTOUT_NAMES), st.text(max_size=8)), texts), max_size=6
)


@given(form_fields, st.dictionaries(st.text(max_size=4), st.binary(max_size=30), max_size=2))
@settings(max_examples=scaled(300))
def test_any_form_is_a_request_or_a_usage_error(
    fields: list[tuple[str, str]], uploads: dict[str, bytes]
) -> None:
    try:
        request = parse_request(fields, uploads, max_targets=5)
    except UsageError:
        return
    assert CutoutRequest.from_json(request.to_json()) == request


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ra", "dec", "RA", "objid", "xsize", "q"]), inner)
    ),
    max_leaves=6,
)
documents = st.dictionaries(
    st.sampled_from([*CUTOUT_NAMES, "positions", "bands", "x"]), values, max_size=5
)


@given(st.one_of(values, documents))
@settings(max_examples=scaled(300))
def test_any_json_is_a_request_or_a_usage_error(document: Any) -> None:
    try:
        request = parse_json_request(document, max_targets=5)
    except UsageError:
        return
    assert CutoutRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize(("name", "value"), [("NOISE", "true"), ("UNIFORM_COVERAGE", "0.5")])
def test_what_is_of_stamps_is_refused_where_none_are_made(name: str, value: str) -> None:
    curves = (*ONE, ("PRODUCTS", "lightcurve"), ("DATE_START", "2020-01-01"), (name, value))
    assert "none are made" in problems(*curves)[name]


@pytest.mark.parametrize("name", ["REFERENCE_START", "REFERENCE_END"])
def test_days_of_a_coadd_are_refused_where_none_is_made(name: str) -> None:
    assert "none are made" in problems(*ONE, (name, "2019-01-01"))[name]
    mosaic = (*ONE, ("PRODUCTS", "mosaic"), (name, "2019-01-01"))
    assert "none are made" in problems(*mosaic)[name]


def test_stacks_need_tan_and_a_job_without_what_is_made_of_all_maps_of_a_target() -> None:
    stack = (*ONE, ("PRODUCTS", "stack"))
    assert "PROJECTION=TAN" in problems(*stack)["PROJECTION"]
    tan = ("PROJECTION", "TAN")
    assert parse_request((*stack, tan), {}, max_targets=1).products == ("stack",)
    for other in ("coadd", "difference", "mosaic", "cube", "animation", "colour"):
        both = (*ONE, tan, ("PRODUCTS", f"stack,{other}"), ("DATE_START", "2020-01-01"))
        assert "in a job of its own" in problems(*both)["PRODUCTS"]


@pytest.mark.parametrize("product", ["cube", "animation"])
def test_what_shows_epochs_needs_single_observations(product: str) -> None:
    asked = (*ONE, ("PRODUCTS", product))
    assert "DATE_START" in problems(*asked)["PRODUCTS"]
    dated = (*asked, ("DATE_START", "2020-01-01"))
    assert ask(*dated).products == (product,)
    assert "is no epoch of" in problems(*dated, ("COADD", "yearly_2020"))["COADD"]
    both = ask(*dated, ("COADD", "yearly_2020"), ("PRODUCTS", "fits"))
    assert both.products == ("fits", product)


@pytest.mark.parametrize("bands", ["90GHz", "90GHz,150GHz"])
def test_a_colour_picture_of_other_than_three_bands_is_refused(bands: str) -> None:
    asked = (*ONE, ("PRODUCTS", "colour"))
    assert ask(*asked).products == ("colour",)
    assert "name 3 in BANDS" in problems(*asked, ("BANDS", bands))["PRODUCTS"]


def test_values_of_stack_divide_targets_and_too_many_pixels_of_stacks_are_refused() -> None:
    kind = (("PRODUCTS", "stack"), ("PROJECTION", "TAN"))
    table = "RA,DEC,stack,TRACK\n1,-50,z > 1,7\n2,-50,,7\n"
    request = parse_request((("POSITIONS", table), *kind), {}, max_targets=9)
    assert [target.stack for target in request.targets] == ["z > 1", None]
    assert CutoutRequest.from_json(request.to_json()) == request
    plain = parse_request((("POSITIONS", "RA,DEC\n1,-50\n"),), {}, max_targets=9)
    assert "stack" not in plain.to_json()
    many = "RA,DEC,STACK\n" + "".join(f"{n},-50,{n}\n" for n in range(5))
    large = (("POSITIONS", many), ("SIZE", "120"), *kind)
    assert "pixels in all" in problems(*large)["STACK"]


def test_days_of_a_coadd_are_in_order_and_products_of_observations_need_some() -> None:
    days = (("REFERENCE_START", "2019-02-01"), ("REFERENCE_END", "2019-01-01"))
    asked = (*ONE, ("PRODUCTS", "difference"), ("DATE_START", "2019-01-01"), *days)
    assert "is after REFERENCE_END" in problems(*asked)["REFERENCE_START"]
    for product in ("coadd", "difference"):
        needs = problems(*ONE, ("PRODUCTS", product))["PRODUCTS"]
        assert "needs single observations" in needs
        both = (("DATE_START", "2019-01-01"), ("COADD", "yearly_winter_2020"))
        assert "coadd of the archive" in problems(*ONE, ("PRODUCTS", product), *both)["COADD"]
