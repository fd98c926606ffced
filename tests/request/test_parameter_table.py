"""Each parameter is declared once, and none is accepted and ignored."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sptjobs.request.control_values import Controls
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.parameter import (
    JsonType,
    Occurs,
    Parameter,
    ParameterGroup,
    ParameterTableError,
    check_table,
)
from sptjobs.request.parameter_document import BEGIN, END, parameter_rows, with_parameters
from sptjobs.request.parameter_schema import parameter_schemas
from sptjobs.request.parameter_table import PARAMETERS
from sptjobs.request.parameter_values import parse_truth
from sptjobs.request.parsing import parse_json_request, parse_request
from sptjobs.request.vocabulary import (
    BESIDE,
    CONTROLS,
    CUTOUT_NAMES,
    CUTOUT_PARAMETERS,
)
from sptjobs.uws.errors import InvalidRequestError, ParameterError

README = Path(__file__).parents[2] / "README.md"
MASK = Parameter(
    name="MASK",
    group=ParameterGroup.STAMP,
    parser=parse_truth,
    json_type=JsonType.BOOLEAN,
    attribute="pad",
    documentation="An invented one.",
)
RECORDS = {ParameterGroup.STAMP: CutoutRequest, ParameterGroup.CONTROLS: Controls}
REGIONS = ("CIRCLE", "POS", "POLYGON")
POINT = {"RA": "0.25", "DEC": "-57.8"}


@pytest.mark.parametrize("parser", [None, "parse_truth"])
def test_a_parameter_without_a_parser_cannot_be_declared(parser: Any) -> None:
    with pytest.raises(ParameterTableError, match="MASK: has no parser"):
        replace(MASK, parser=parser)
    with pytest.raises(TypeError, match="parser"):
        Parameter(  # type: ignore[call-arg]
            name="MASK",
            group=ParameterGroup.STAMP,
            json_type=JsonType.BOOLEAN,
            documentation="An invented one.",
        )


@pytest.mark.parametrize(
    "wrong",
    [
        replace(MASK, attribute=None),
        replace(MASK, attribute="mask"),
        replace(MASK, name="mask"),
        replace(MASK, aliases=("PAD",)),
        replace(MASK, name="PAD"),
        replace(MASK, group=ParameterGroup.CONTROLS),
    ],
)
def test_a_table_that_would_lose_a_value_is_refused(wrong: Parameter) -> None:
    with pytest.raises(ParameterTableError):
        check_table((*PARAMETERS, wrong), RECORDS)
    check_table((*PARAMETERS, MASK), RECORDS)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda each: each.name)
def test_every_parser_refuses_nonsense_by_the_parameters_name(parameter: Parameter) -> None:
    # A table may be anything until it is read; names may be any text.
    if parameter.name in {"POSITIONS", "OBJID", "ID", "RUNID", "RETRY_OF", "SINCE_JOB"}:
        return
    with pytest.raises(ParameterError) as caught:
        parameter.parser("\N{SNOWMAN} nonsense", field=parameter.name)
    assert caught.value.field == parameter.name


@pytest.mark.parametrize("name", ["MASK", "STATUS", "RETRY_OF", "WAIT"])
def test_what_is_no_parameter_of_a_cutout_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_request([*POINT.items(), (name, "nonsense")], {}, max_targets=1)
    assert [problem.field for problem in caught.value.problems] == [name]


def _parsed(name: str, *values: str) -> CutoutRequest:
    beside = {} if name in {"POSITIONS", "UPLOAD", *REGIONS} else dict(POINT)
    beside |= {"PROJECTION": "TAN"} if name in {"PIXEL_SCALE", "ORDER"} else {}
    if name.startswith("REFERENCE_"):
        beside |= {"PRODUCTS": "coadd", "DATE_START": "2018-01-01"}
    if name == "MASK_OUTSIDE":
        beside = {"CIRCLE": "1 -50 0.1"}
    beside.pop(name, None)
    uploads = {"table": b"RA,DEC\n1,-50\n"} if name == "UPLOAD" else {}
    fields = [*beside.items(), *((name, value) for value in values)]
    return parse_request(fields, uploads, max_targets=5)


OTHER_VALUES = {
    "POSITIONS": "RA,DEC\n1,-50\n", "UPLOAD": "positions, param:table", "RA": "1", "DEC": "-50",
    "CIRCLE": "1 -50 0.1", "POS": "CIRCLE 1 -50 0.1", "POLYGON": "1 -50 2 -50 2 -49",
}  # fmt: skip
SECOND_VALUES = {**OTHER_VALUES, "ID": "another", "BAND": "0.001 0.0015", "POL": "Q"}


@pytest.mark.parametrize("parameter", CUTOUT_PARAMETERS, ids=lambda each: each.name)
def test_no_parameter_is_accepted_and_ignored(parameter: Parameter) -> None:
    assert parameter.example is not None
    made = _parsed(parameter.name, parameter.example)
    if parameter.name == "UPLOAD":
        assert made.targets[0].ra == 1
        return
    others: Sequence[str] = [OTHER_VALUES[parameter.name]] if parameter.name in OTHER_VALUES else []
    assert made != _parsed(parameter.name, *others)


@pytest.mark.parametrize("parameter", CUTOUT_PARAMETERS, ids=lambda each: each.name)
def test_a_parameter_that_may_be_repeated_takes_several_values_as_a_form_and_in_json(
    parameter: Parameter,
) -> None:
    if parameter.occurs is Occurs.ONCE:
        return
    (values, beside) = (parameter.example or "").split(","), dict(POINT)
    if parameter.occurs is Occurs.REPEATED:
        values = [parameter.example or "", SECOND_VALUES[parameter.name]]
        beside = {} if parameter.name in REGIONS else beside
    form = [*beside.items(), *((parameter.name, value) for value in values)]
    document: dict[str, Any] = {**beside, parameter.name.lower(): values}
    assert parse_request(form, {}, max_targets=5) == parse_json_request(document, max_targets=5)


def test_the_sets_of_names_do_not_overlap() -> None:
    assert not BESIDE.intersection(CUTOUT_NAMES)
    assert {"PHASE", "RUNID", "EXECUTIONDURATION", "DESTRUCTION", "STRICT"} == CONTROLS


def test_the_readme_has_the_parameters_of_the_table() -> None:
    text = README.read_text("utf-8")
    assert text == with_parameters(text), "make documents writes it"
    for parameter in PARAMETERS:
        assert f"| `{parameter.name}` |" in text


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"])
def test_a_document_without_the_marks_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        with_parameters(text)


def test_a_new_parameter_stands_in_the_document_and_in_the_description() -> None:
    mask = replace(MASK, aliases=("MASKED",), unit="1", occurs=Occurs.LISTED)
    rows = list(parameter_rows([mask]))
    assert rows[-1].startswith("| `MASK`, `MASKED` | 1 | An invented one. May be given several")
    assert parameter_schemas([mask])["MASK"]["type"] == ["boolean", "string"]
