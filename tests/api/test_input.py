"""Whatever a client sends is taken, or refused with field, row and value; never a 500."""

import contextlib
import io
import random
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sptapi.parameters.body import read_form
from sptapi.parameters.multipart import boundary_of, split_parts
from sptjobs.uws.errors import UsageError
from tests.api.conftest import GOOD, JOBS, JSON, Api
from tests.support.scale import examples

pytestmark = pytest.mark.any_database

ODD_BOUNDARY = "<<<--------------MULTIPART-BOUNDARY------->>>"
RA_PART = b'Content-Disposition: form-data; name="RA"'
TABLE = "RA,DEC,OBJID\n0.25,-57.8,a\n1.5,-58,b\n"


@pytest.mark.parametrize(
    ("fields", "field", "row", "value"),
    [
        ({"PHASE": "RUN"}, "POSITIONS", None, None),
        ({"SIZE": "10", "PHASE": "RUN"}, "POSITIONS", None, None),
        ({"RA": "north", "DEC": "-57"}, "RA", None, "north"),
        ({"RA": "400", "DEC": "-57"}, "RA", None, "400"),
        ({"POSITIONS": "RA,DEC\nnorth,-57\n"}, "RA", 1, "north"),
        ({"POSITIONS": "RA,DEC\n1,-57\n400,-57\n"}, "RA", 2, "400"),
        ({"POSITIONS": "RA,DEC\n1,-97\n"}, "DEC", 1, "-97"),
        (GOOD | {"SIZE": "0"}, "SIZE", None, "0"),
        (GOOD | {"SIZE": "-1"}, "SIZE", None, "-1"),
        (GOOD | {"SIZE": "NaN"}, "SIZE", None, "NaN"),
        (GOOD | {"SIZE": "1000000"}, "SIZE", None, "1000000"),
        ({"POSITIONS": "RA,DEC,XSIZE\n1,-57,0\n"}, "XSIZE", 1, "0"),
        (GOOD | {"BANDS": "90GHz,30GHz"}, "BANDS", None, "30GHz"),
        ({"POSITIONS": ""}, "POSITIONS", None, None),
        ({"POSITIONS": "RA,DEC\n"}, "POSITIONS", None, None),
        ({"POSITIONS": "RA,DEC,OBJID\n1,-57,a\n2,-57,a\n"}, "OBJID", 2, "a"),
        ({"POSITIONS": "RA,DEC,OBJID\n1,-57,../x\n"}, "OBJID", 1, "../x"),
        (GOOD | {"OBJID": "../x"}, "OBJID", None, "../x"),
        (GOOD | {"NOSUCH": "1", "STRICT": "true"}, "NOSUCH", None, "1"),
        (GOOD | {"SIZE": "1\x00"}, "SIZE", None, None),
        (GOOD | {"PHASE": "ABORT"}, "PHASE", None, "ABORT"),
        (GOOD | {"EXECUTIONDURATION": "-1"}, "EXECUTIONDURATION", None, "-1"),
        (GOOD | {"EXECUTIONDURATION": "99999999999"}, "EXECUTIONDURATION", None, None),
        (GOOD | {"DESTRUCTION": "soon"}, "DESTRUCTION", None, "soon"),
        (GOOD | {"DESTRUCTION": "2001-01-01T00:00:00Z"}, "DESTRUCTION", None, None),
        (GOOD | {"RUNID": "r" * 65}, "RUNID", None, None),
        (GOOD | {"RUNID": "\x01"}, "RUNID", None, None),
    ],
)
async def test_a_wrong_value_is_refused_with_field_row_and_value(
    api: Api, fields: dict[str, str], field: str, row: int | None, value: str | None
) -> None:
    response = await api.post(JOBS, fields, headers=JSON)
    assert response.status == 400, await response.text()
    (problem, *_) = (await response.json(content_type=None))["problems"]
    assert (problem["field"], problem["row"]) == (field, row)
    if value is not None:
        assert problem["value"] == value
    text = await (await api.post(JOBS, fields)).text()
    assert text.startswith("UsageError: ")
    assert field in text
    assert (await api.document(JOBS))["jobs"] == []


async def test_a_parameter_that_may_be_given_once_is_refused_when_repeated(api: Api) -> None:
    for name in ("SIZE", "PHASE", "RUNID"):
        response = await api.post(JOBS, [*GOOD.items(), (name, "1"), (name, "2")])
        assert response.status == 400
        assert (await response.text()).startswith("MultiValuedParamNotSupported: " + name)


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02\xff" * 50, b"SIMPLE  =                    T", b"\xff\xfeR\x00A\x00", b""],
)
async def test_a_file_that_is_no_table_is_refused(api: Api, content: bytes) -> None:
    form = aiohttp.FormData()
    form.add_field("POSITIONS", content, filename="table.csv")
    response = await api.post(JOBS, form)
    assert response.status == 400
    text = await response.text()
    assert text.startswith("UsageError: ")
    assert "table" in text


async def test_ten_megabytes_of_junk_are_refused_whatever_they_say_they_are(api: Api) -> None:
    junk = b"\x89junk,\n%=&" * (1 << 20)
    for content_type in (
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
    ):
        response = await api.post(JOBS, io.BytesIO(junk), headers={"Content-Type": content_type})
        assert response.status in {400, 413, 415}, content_type
    form = aiohttp.FormData()
    form.add_field(
        "POSITIONS", io.BytesIO(b"RA,DEC\n" + b"junk,\n" * 1_700_000), filename="table.csv"
    )
    response = await api.post(JOBS, form)
    assert response.status in {400, 413}
    assert (await api.get("/live")).status == 200


async def test_a_body_beyond_the_limit_is_413_announced_or_not(api: Api) -> None:
    async def endless() -> Any:
        for _ in range(17):
            yield b"RA=" + b"1" * (1 << 20)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await api.post(JOBS, io.BytesIO(b"x" * (17 << 20)), headers=headers)).status == 413
    assert (await api.post(JOBS, endless(), headers=headers)).status == 413


@pytest.mark.parametrize("content_type", ["text/csv", "application/xml", "image/png", "x"])
async def test_an_unknown_content_type_is_415_and_says_what_is_read(
    api: Api, content_type: str
) -> None:
    response = await api.post(JOBS, b"RA=1", headers={"Content-Type": content_type})
    assert response.status == 415
    assert "multipart/form-data" in await response.text()


@pytest.mark.parametrize("name", ["POSITIONS", "positions"])
async def test_a_table_may_be_a_file_part(api: Api, name: str) -> None:
    form = aiohttp.FormData()
    form.add_field(name, TABLE.encode(), filename="table.csv", content_type="text/csv")
    form.add_field("SIZE", "5")
    response = await api.post(JOBS, form)
    assert response.status == 303, await response.text()
    path = response.headers["Location"]
    shown = {each["id"]: each for each in (await api.document(path))["parameters"]}
    assert shown["POSITIONS"]["byReference"]
    content = await api.get(shown["POSITIONS"]["value"])
    assert await content.text() == TABLE


async def test_a_table_may_be_named_by_upload(api: Api) -> None:
    form = aiohttp.FormData()
    form.add_field("UPLOAD", "positions,param:mine")
    form.add_field("mine", TABLE.encode(), filename="table.csv")
    response = await api.post(JOBS, form)
    assert response.status == 303, await response.text()
    path = response.headers["Location"]
    shown = {each["id"]: each for each in (await api.document(path))["parameters"]}
    assert shown["UPLOAD"]["value"] == "positions,param:mine"
    assert await (await api.get(shown["mine"]["value"])).text() == TABLE
    # The table stays when something else changes, and goes when another one comes.
    assert (await api.post(path + "/parameters", {"SIZE": "5"})).status == 303
    assert await (await api.get(path + "/parameters/mine")).text() == TABLE
    changed = await api.post(path + "/parameters", {"POSITIONS": "RA,DEC\n3,-57\n"})
    assert changed.status == 303, await changed.text()
    assert (await api.get(path + "/parameters/mine")).status == 404


async def test_a_quoted_odd_boundary_in_chunks_is_read(api: Api) -> None:
    async def chunks() -> Any:
        for name, value in GOOD.items():
            yield (
                f"--{ODD_BOUNDARY}\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            ).encode()
        yield f"--{ODD_BOUNDARY}--\r\n".encode()

    content_type = f'multipart/form-data; boundary="{ODD_BOUNDARY}"'
    response = await api.post(JOBS, chunks(), headers={"Content-Type": content_type})
    assert response.status == 303, await response.text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"--x--\r\n" * 5000,
        b"--x\r\n" + RA_PART + b"\r\n\r\n1",
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
        b"--x\r\n" + RA_PART + b"\r\nContent-Type: text/plain; charset=klingon\r\n\r\n1\r\n--x--",
        b"--x\r\n" + RA_PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--x--",
    ],
)
async def test_a_broken_multipart_body_is_400(api: Api, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await api.post(JOBS, body, headers=headers)).status == 400


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "nonsense", "null", '{"ra": 1', "[" * 100_000, '{"ra": NaN, "dec": 1}',
        '{"positions": [{"ra": 1, "dec": "\\ud800"}]}', '{"phase": {"a": 1}, "ra": 1, "dec": 1}',
        '{"ra": 1e999, "dec": 1}', '{"runid": true}', '{"\\u0000": 1}', '{"": 1}',
    ],
)  # fmt: skip
async def test_a_wrong_json_document_is_400(api: Api, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    for accept in ({}, JSON):
        response = await api.post(JOBS, body.encode(), headers=headers | accept)
        assert response.status == 400, await response.text()


async def test_parameters_change_while_the_job_is_pending_only(api: Api) -> None:
    path = await api.new_job()
    response = await api.post(path + "/parameters", {"SIZE": "7", "BANDS": "90GHz"})
    assert (response.status, response.headers["Location"]) == (303, api.base + path)
    shown = {each["id"]: each["value"] for each in (await api.document(path))["parameters"]}
    assert shown == GOOD | {"SIZE": "7", "BANDS": "90GHz"}
    assert (await api.post(path + "/parameters", {"SIZE": "-7"})).status == 400
    assert (await api.post(path + "/parameters", {})).status == 400
    assert (await api.post(path + "/parameters", {"PHASE": "RUN"})).status == 400
    await api.post(path + "/phase", {"PHASE": "RUN"})
    assert (await api.post(path + "/parameters", {"SIZE": "8"})).status == 403


async def test_a_job_made_in_json_is_changed_by_a_form_and_by_json(api: Api) -> None:
    body: dict[str, Any] = {
        "positions": [{"ra": 1, "dec": -57}], "bands": ["90GHz", "220GHz"], "size": 5
    }  # fmt: skip
    path = (await api.call("POST", JOBS, json=body)).headers["Location"]
    for change in ({"data": {"SIZE": "6"}}, {"json": {"Size": 6.0}}):
        response = await api.call("POST", path + "/parameters", **change)
        assert response.status == 303, await response.text()
        shown = {each["id"]: each["value"] for each in (await api.document(path))["parameters"]}
        assert set(shown) == {"POSITIONS", "BANDS", "SIZE"}
        assert float(shown["SIZE"]) == 6


names = st.sampled_from(
    ["RA", "DEC", "SIZE", "POSITIONS", "BANDS", "PHASE", "RUNID", "UPLOAD", "CIRCLE", "TIME", "é"]
)
values = st.one_of(st.text(max_size=30), st.sampled_from(["1", "-57", "NaN", "RUN", "RA,DEC\n1"]))
slow = settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@slow
@given(
    query=st.text(max_size=60),
    content_type=st.sampled_from(
        [
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/json",
            "text/plain",
            'multipart/form-data; boundary="',
        ],
    ),
    body=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)),
)
def test_any_body_is_read_or_refused(query: str, content_type: str, body: bytes) -> None:
    try:
        form = read_form(query, content_type, body)
    except UsageError:
        return
    assert all(name for name, _ in form.fields)


@given(
    parts=st.lists(
        st.tuples(st.text("abXY_é°星", min_size=1), st.binary(max_size=60)), min_size=1, max_size=5
    )
)
def test_multipart_gives_back_what_was_put_in(parts: list[tuple[str, bytes]]) -> None:
    boundary = "=_b0undary_that_is_not_inside"
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    body += f"--{boundary}--\r\n".encode()
    found = boundary_of(f'multipart/form-data; boundary="{boundary}"')
    assert [(part.name, part.content) for part in split_parts(body, found)] == parts


@given(body=st.binary(max_size=300))
def test_any_bytes_split_or_are_refused(body: bytes) -> None:
    with contextlib.suppress(UsageError):
        list(split_parts(b"--x\r\n" + body + b"\r\n--x--", b"x"))


async def test_no_form_whatsoever_breaks_the_service(api: Api) -> None:
    chooser = random.Random(7)  # a fixed seed, so that a failure repeats
    pool_names = ["RA", "DEC", "SIZE", "POSITIONS", "BANDS", "PHASE", "RUNID", "UPLOAD", "TIME"]
    pool = ["1", "-57", "NaN", "RUN", "RA,DEC\n1,2", "\x00", "\ud7ff", "%", "a" * 5000, "", "é,"]
    for _ in range(examples(80)):
        fields = [
            (chooser.choice(pool_names), chooser.choice(pool)) for _ in range(chooser.randint(0, 6))
        ]
        response = await api.post(JOBS, fields)
        assert response.status in {303, 400}, fields


CHARSETS = ["undefined", "punycode", "rot13", "hex", "no-such-thing"]


@pytest.mark.parametrize("charset", CHARSETS)
async def test_a_part_in_a_charset_that_gives_no_text_is_refused_by_its_name(
    api: Api, charset: str
) -> None:
    head = (
        f'Content-Disposition: form-data; name="RA"\r\nContent-Type: text/plain; charset={charset}'
    )
    body = f"--b\r\n{head}\r\n\r\nx-\x7f\r\n--b--\r\n".encode()
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    response = await api.post(JOBS, body, headers=form)
    assert response.status == 400
    assert "RA" in await response.text()


@pytest.mark.parametrize("option", ["name*=bogus''x", "name*=undefined''x"])
async def test_a_name_in_an_unknown_charset_is_refused(api: Api, option: str) -> None:
    body = f"--b\r\nContent-Disposition: form-data; {option}\r\n\r\nx\r\n--b--\r\n".encode()
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    response = await api.post(JOBS, body, headers=form)
    assert response.status == 400


@pytest.mark.parametrize("depth", [9, 200, 985, 100_000])
@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_a_body_that_is_nested_too_deep_is_refused(depth: int, opening: str) -> None:
    closing = "}" if opening.startswith("{") else "]"
    body = '{"a":' + opening * depth + "1" + closing * depth + "}"
    with pytest.raises(UsageError, match="JSON"):
        read_form("", "application/json", body.encode())


@pytest.mark.parametrize(
    ("body", "field"),
    [('{"ra": 1, "ra": 2}', "ra"), ('{"positions": [{"ra": 1, "dec": 2, "dec": 3}]}', "dec")],
)
def test_a_key_that_is_given_twice_is_refused_by_its_name(body: str, field: str) -> None:
    with pytest.raises(UsageError, match=f"{field}: is given twice"):
        read_form("", "application/json", body.encode())


@pytest.mark.parametrize("value", ["[", "[1,", "[" * 2000, "[]x", "[NaN"])
@pytest.mark.parametrize("name", ["COADD", "BANDS"])
async def test_a_value_that_begins_with_a_bracket_is_refused_on_a_job_made_of_json_lists(
    api: Api, name: str, value: str
) -> None:
    document = {"ra": 0.25, "dec": -57.8, "bands": ["90GHz", "150GHz"]}
    made = await api.call("POST", JOBS, json=document)
    assert made.status == 303
    path = made.headers["Location"].removeprefix(api.base)
    response = await api.post(f"{path}/parameters", {name: value})
    assert response.status == 400
    assert name in await response.text()


@pytest.mark.parametrize("text", ["%00", "a%01b"])
async def test_a_filter_with_a_control_character_is_refused_by_its_name(
    api: Api, text: str
) -> None:
    response = await api.get(f"{JOBS}?TEXT={text}")
    assert response.status == 400
    assert "TEXT" in await response.text()
