"""Whatever a job was made of, its parameters read back as its request, and can be changed."""

import contextlib
from collections.abc import Collection
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sptapi.parameters.body import Form
from sptapi.parameters.merging import merge_request, read_request
from sptjobs.request.parameter import JsonType, Occurs, Parameter
from sptjobs.request.vocabulary import CUTOUT_PARAMETERS, PARAMETER_BY_NAME
from sptjobs.uws.errors import UsageError
from tests.support.scale import scaled

MAX_TARGETS = 3
TABLE = "RA,DEC,OBJID\n1,-50,a\n2,-51,b\n"
ROWS = [{"ra": 1, "dec": -50, "objid": "a", "tmin": None}, {"ra": "00:08:00", "dec": "-51:00:00"}]

wild = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["[", "[1,", "[]", "[null]", '["a"]', "{}", "[" * 500, "[NaN]", "null", "1e9"]),
    st.sampled_from(["[[1,-50,0.1]]", '[{"ra":1,"dec":-50}]', "param:", "param:x", "a,b", "-0"]),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-400, 400), st.floats(), wild)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(wild, inner, max_size=2)
)


def natural(parameter: Parameter) -> list[Any]:
    """List right values that a JSON document may give for a parameter."""
    text = parameter.example or ""
    kinds: dict[JsonType, list[Any]] = {
        JsonType.BOOLEAN: [True, False, "true"],
        JsonType.CIRCLES: [[1, -50, 0.1], [[1, -50, 0.1], [2, -51, 0.2]], [text], text],
        JsonType.POLYGONS: [[1, -50, 2, -50, 2, -49], [[1, -50, 2, -50, 2, -49]], text],
        JsonType.INTERVALS: [[0.001, 0.002], [[0.001, None], [None, 0.01]], [text, text], text],
        JsonType.INTERVAL: [[58849, None], [None, 58850.5], "58849 58850"],
        JsonType.TABLE: [ROWS, ROWS[:1], TABLE],
        JsonType.NUMBER: [text, _number(text)],
    }
    values = kinds.get(parameter.json_type, [text])
    if parameter.occurs is not Occurs.ONCE and parameter.json_type is JsonType.LIST:
        values = [text, text.split(","), [text]]
    return values


def _number(text: str) -> float | str:
    with contextlib.suppress(ValueError):
        return float(text)
    return text


def documents(
    names: Collection[str], others: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """JSON documents with some of these parameters, right but for the other values."""
    optional = {}
    for name in names:
        values = st.sampled_from(natural(PARAMETER_BY_NAME[name]))
        optional[name] = values if others is None else values | others
    return st.fixed_dictionaries({}, optional=optional)


def agreeing(where: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """Put parts of a document together, without what contradicts the rest."""
    names = {name.upper() for name in where}
    without = {"SIZE"} if rest.keys() & {"XSIZE", "YSIZE"} else set()
    if names & {"CIRCLE", "POS", "POLYGON"}:
        without = {"SIZE", "XSIZE", "YSIZE"}
    if not names & {"CIRCLE", "POS", "POLYGON"}:
        without.add("MASK_OUTSIDE")
    if rest.get("PROJECTION") != "TAN":
        without |= {"PIXEL_SCALE", "ORDER"}
    # The products are stamps and pictures.
    without |= {"REFERENCE_START", "REFERENCE_END"}
    return where | {name: value for name, value in rest.items() if name not in without}


targets: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"positions": ROWS},
        {"Positions": TABLE},
        {"ra": 1, "dec": -50, "objid": "a"},
        {"RA": "00:04:00", "Dec": "-50"},
        {"circle": [[1, -50, 0.1], [2, -51, 0.2]]},
        {"pos": ["CIRCLE 1 -50 0.1"]},
        {"CIRCLE": "1 -50 0.1"},
        {"polygon": [[1, -50, 2, -50, 2, -49]], "POS": "RANGE 1 2 -50 -49"},
    ]
)
WHERE = {"POSITIONS", "UPLOAD", "RA", "DEC", "OBJID", "CIRCLE", "POS", "POLYGON"}
NAMES = [each.name for each in CUTOUT_PARAMETERS]
others = documents([name for name in NAMES if name not in WHERE])
fields = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.one_of(st.sampled_from([each.example or "" for each in CUTOUT_PARAMETERS]), wild),
    ),
    max_size=4,
).map(tuple)


@given(where=targets, rest=others)
@settings(max_examples=scaled(100))
def test_what_a_job_shows_reads_back_as_its_request(
    where: dict[str, Any], rest: dict[str, Any]
) -> None:
    shown, request = read_request(Form(document=agreeing(where, rest)), MAX_TARGETS)
    assert merge_request(shown, Form(), set(), MAX_TARGETS) == (shown, request)


@example(where={"positions": ROWS}, rest={}, document=None, form=(("OBJID", "[1,"),))
@example(where={"circle": [[1, -50, 0.1]]}, rest={}, document=None, form=(("COADD", "[" * 500),))
@given(where=targets, rest=others, document=st.none() | documents(NAMES, anything), form=fields)
@settings(max_examples=scaled(150))
def test_a_job_made_in_json_is_changed_or_the_change_is_refused(
    where: dict[str, Any],
    rest: dict[str, Any],
    document: dict[str, Any] | None,
    form: tuple[tuple[str, str], ...],
) -> None:
    shown, _ = read_request(Form(document=agreeing(where, rest)), MAX_TARGETS)
    change = Form(() if document else form, document=document)
    replaced = {name for name, _ in change.fields} | set(document or {})
    try:
        after, request = merge_request(shown, change, replaced, MAX_TARGETS)
    except UsageError:
        return
    assert merge_request(after, Form(), set(), MAX_TARGETS)[1] == request
