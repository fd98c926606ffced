"""Tables as people have them are read rightly, or refused with what to write instead."""

import csv
import gzip
import io
import time
from typing import Any

import aiohttp
import pytest
from astropy.io import fits

from sptapi.keys import READERS
from tests.api.conftest import JOBS, JSON, Api
from tests.support.spreadsheets import workbook_members, zipped
from tests.support.table_cases import A, B, TableCase, objects, table_cases, texts, written

pytestmark = pytest.mark.any_database

VALIDATE = "/api/v1/cutout/validate"
TABLE = "/api/v1/cutout/table"
CASES = table_cases()
LONGEST_S = 240
"""The reading of a request ends after 30 s; what is around it may be slow on a busy machine."""


@pytest.fixture(autouse=True)
def unhurried(api: Api) -> None:
    """Let a machine that is busy with other tests take its time for loading astropy."""
    api.app[READERS]._timeout_s = LONGEST_S


def upload(content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData({"UPLOAD": "positions,param:t"})
    form.add_field("t", io.BytesIO(content), filename="table")
    return form


async def report(api: Api, data: Any) -> Any:
    response = await api.post(VALIDATE, data)
    assert response.status == 200, await response.text()
    return await response.json()


def check(case: TableCase, found: Any) -> None:
    messages = " | ".join(each["message"] for each in found["problems"])
    if case.refused:
        assert not found["ok"]
        assert case.refused in messages, messages
        return
    assert found["ok"], messages
    positions = [(each["ra"], each["dec"]) for each in found["targets"]]
    assert len(positions) == len(case.positions)
    for position, expected in zip(positions, case.positions, strict=True):
        assert position == pytest.approx(expected, abs=2e-5)


async def test_every_table_that_is_uploaded_means_what_its_kind_says(api: Api) -> None:
    for case in CASES:
        if case.name == "nothing":
            continue
        try:
            check(case, await report(api, upload(case.content)))
        except AssertionError as error:
            raise AssertionError(f"{case.name}: {error}") from error


async def test_every_table_that_is_text_means_the_same_in_a_field(api: Api) -> None:
    for case in CASES:
        if case.name in texts():
            try:
                check(case, await report(api, {"POSITIONS": case.content.decode()}))
            except AssertionError as error:
                raise AssertionError(f"{case.name}: {error}") from error


async def test_every_table_is_given_as_csv_with_positions_in_icrs(api: Api) -> None:
    for case in CASES:
        form = aiohttp.FormData()
        form.add_field("table", case.content, filename="table")
        response = await api.post(TABLE, form)
        text = await response.text()
        if case.refused:
            assert response.status == 400, (case.name, text)
            continue
        assert response.status == 200, (case.name, text)
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(case.positions), case.name
        # What comes back is read as the same positions, whatever it held before.
        check(case, await report(api, {"POSITIONS": text}))


@pytest.mark.parametrize("name", ["FITS", "UTF-16", "Latin-1", "gzip of FITS", "galactic"])
async def test_a_job_of_any_table_keeps_it_as_text_that_is_read_again(api: Api, name: str) -> None:
    case = next(each for each in CASES if each.name == name)
    made = await api.post(JOBS, upload(case.content))
    assert made.status == 303, await made.text()
    path = made.headers["Location"].removeprefix(api.base)
    kept = await (await api.get(f"{path}/parameters/t")).read()
    check(case, await report(api, upload(kept)))
    # Another parameter is changed: the table stays, and is read once more.
    changed = await api.post(f"{path}/parameters", {"SIZE": "5"})
    assert changed.status in {200, 303}, await changed.text()


async def test_hours_or_degrees_shows_both_readings(api: Api) -> None:
    found = await report(api, {"POSITIONS": "RA,DEC\n0.01666,-57:48:00\n23.9167,-55:00:00\n"})
    (ambiguity,) = found["ambiguities"]
    assert (ambiguity["field"], ambiguity["rows"]) == ("RA", [1, 2])
    hours, degrees = ambiguity["readings"]
    assert (hours["name"], degrees["name"]) == ("hours", "degrees")
    assert [p["ra"] for p in hours["positions"]] == pytest.approx([A[0], B[0]], abs=1e-3)
    assert [p["ra"] for p in degrees["positions"]] == [0.01666, 23.9167]
    for reading, name in ((hours, "RA_HOURS"), (degrees, "RA_DEG")):
        assert name in reading["write"]
        again = await report(api, {"POSITIONS": f"{name},DEC\n0.01666,-57:48:00\n"})
        assert again["targets"][0]["ra"] == pytest.approx(reading["positions"][0]["ra"])


async def test_the_report_says_what_a_table_was_taken_for(api: Api) -> None:
    found = await report(api, upload(written(lambda out: objects("fk4").write(out, format="fits"))))
    assert found["columns"]["kind"] == "FITS table"
    found = await report(api, {"POSITIONS": "name,l,b\nA1,310.5,-58.2\n"})
    assert found["columns"] == {
        "used": {"RA": "l", "DEC": "b", "OBJID": "name"},
        "ignored": [],
        "kind": "CSV",
        "frame": "galactic",
    }


def absurd_fits(**cards: Any) -> bytes:
    """A FITS table whose header states what the file has not."""
    table = fits.BinTableHDU.from_columns([fits.Column("RA", "D", array=[1.0])])
    content = written(fits.HDUList([fits.PrimaryHDU(), table]).writeto)
    for name, value in cards.items():
        at = content.index(f"{name:8s}=".encode())
        card = f"{name:8s}= {value:>20}".ljust(80).encode()
        content = content[:at] + card + content[at + 80 :]
    return content


def nested_yaml() -> bytes:
    """An ECSV header whose references grow tenfold with each line."""
    lines = ["# %ECSV 1.0", "# ---", "# meta:", "#   a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"#   a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    lines += ["#   __serialized_columns__: {}", "# datatype:", "# - {name: RA, datatype: float64}"]
    return "\n".join([*lines, "RA", "1", ""]).encode()


HOSTILE = {
    "a gzip bomb": gzip.compress(b"RA,DEC\n" + b"1,2\n" * (8 << 20)),
    "a gzip bomb of bombs": gzip.compress(gzip.compress(b"\0" * (64 << 20))),
    "FITS with too many rows": absurd_fits(NAXIS2=10**12),
    "FITS with endless rows": absurd_fits(NAXIS1=10**15),
    "FITS with negative rows": absurd_fits(NAXIS2=-5),
    "FITS with too many columns": absurd_fits(TFIELDS=999),
    "FITS with a wide array": absurd_fits(TFORM1="'999999999999D'"),
    "FITS that is cut short": absurd_fits()[:3000],
    "a deep VOTable": b"<VOTABLE>" + b"<RESOURCE>" * 300_000,
    "YAML of references": nested_yaml(),
    "a long line": b"RA,DEC," + b"x," * 4_000_000,
    "many bars": b"|" * 3_000_000 + b"\n" + b"|" * 3_000_000,
    "IPAC of bars": b"|" + b"char|" * 200_000 + b"\n|" + b"char|" * 200_000,
    "a long LaTeX cell": b"\\begin{tabular}{c}\n" + b"RA & " + b"{" * 100_000 + b"\\\\\n",
    "a spreadsheet bomb": zipped(workbook_members(["<row>" + "<c><v>1</v></c>" * 16_000_000])),
    "a spreadsheet with a far corner": zipped(
        workbook_members(['<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>'])
    ),
    "a spreadsheet of a billion laughs": zipped(
        workbook_members(['<row><c t="inlineStr"><is><t>&lol;</t></is></c></row>'])
        | {"xl/sharedStrings.xml": "<!DOCTYPE x [<!ENTITY lol 'lol'>]><sst><si>&lol;</si></sst>"}
    ),
    "HTML of tags without end": b"<html>" + b"<a " * 300_000,
    "HTML without end": b"<html><table>" + b"<tr><td>" * 300_000,
    "HTML of tables": b"<html>" + b"<table><tr><td>" * 100_000,
    "CDS without end": b"Byte-by-byte Description of file\n" + b" 1- 2 A2 --- a b\n" * 100_000,
}


async def test_hostile_tables_are_refused_in_time_and_the_next_one_is_read(
    api: Api, subtests: pytest.Subtests
) -> None:
    good = next(each for each in CASES if each.name == "FITS")
    for name, content in HOSTILE.items():
        with subtests.test(name):
            began = time.monotonic()
            api.app[READERS]._timeout_s = 30
            response = await api.post(VALIDATE, upload(content), headers=JSON)
            text = await response.text()
            assert response.status in {200, 413, 503}, text
            assert response.status != 200 or (await response.json())["problems"]
            assert time.monotonic() - began < LONGEST_S
            api.app[READERS]._timeout_s = LONGEST_S
            check(good, await report(api, upload(good.content)))
