import csv
import io
import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from astropy.io.votable import parse as parse_votable
from astropy.io.votable import validate

from sptjobs.packs.manifest import MANIFEST_COLUMNS, manifest_csv, manifest_json, manifest_votable
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.reader import iter_outcomes, iter_rows
from sptjobs.packs.records import Outcome, Row
from sptjobs.packs.writer import OUTCOMES_FILE, PackWriter

NASTY = 'a <b> & "c", \x07 \ud800 \u2014 \U0001f52d ]]>\nnext'
FACTS = {"job_id": "ab12", "targets": 2, "note": NASTY, "bands": ["90GHz"]}


def outcomes(count: int = 3) -> Iterator[Outcome]:
    for number in range(count):
        if number % 3 == 1:
            yield Outcome(
                number, "b", 0.1, -57.0, 10, 10, "m", "90GHz", "filtered", "1", None,
                "failed", NASTY,
            )  # fmt: skip
        else:
            yield Outcome(
                number, f"obj{number}", 0.1 + number / 7, -57.123456789012345, 10.0, 5.0, "m1",
                "150GHz", "passthrough", "282023912", "2020-03-01T12:00:00", "partial",
                "covered in part", 0.625, number % 2 == 0, 20.5, 20.25, -3.5,
                f"obj{number}/f.fits", 20160, "0" * 64, "obj/p.png",
            )  # fmt: skip


def test_the_columns_are_the_attributes_of_an_outcome_in_order() -> None:
    assert [column.name for column in MANIFEST_COLUMNS] == [field.name for field in fields(Outcome)]


@pytest.mark.parametrize("count", [0, 3, 250, 1001])
def test_the_json_manifest_gives_back_facts_and_rows(count: int) -> None:
    document = json.loads(b"".join(manifest_json(FACTS, outcomes(count))))
    assert document.pop("rows") == [asdict(row) for row in outcomes(count)]
    assert document == FACTS


def test_a_json_manifest_without_facts_is_valid() -> None:
    assert json.loads(b"".join(manifest_json({}, []))) == {"rows": []}


def test_the_csv_manifest_gives_back_every_number_exactly() -> None:
    text = b"".join(manifest_csv(outcomes(1500))).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for row, outcome in zip(rows, outcomes(1500), strict=True):
        assert (float(row["ra"]), float(row["dec"])) == (outcome.ra, outcome.dec)
        assert row["covered"] == ("" if outcome.covered is None else repr(outcome.covered))
        assert (
            row["centre_covered"]
            == {None: "", True: "true", False: "false"}[outcome.centre_covered]
        )


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("x")', "\t=1", "'=1", "''@a", "-x"]
HARMLESS = ["SPT-CL J0000-5748", "-57.8", "+1.5e3", "'quoted'", "a=b", "", "5-3", "\u2212x"]


@pytest.mark.parametrize("label", [*FORMULAS, *HARMLESS])
def test_no_spreadsheet_takes_a_name_for_a_formula_and_programs_get_it_as_it_was_given(
    label: str,
) -> None:
    (row,) = outcomes(1)
    row = replace(row, objid=label)

    text = b"".join(manifest_csv([row])).decode()

    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    cell = line["objid"]
    begins_formula = re.match(r"[=+\-@\t\r]", cell) and not re.fullmatch(r"[+-][0-9.e]+", cell)
    assert not begins_formula
    assert (re.sub(r"^'(?='*[=+\-@\t\r])", "", cell)) == label
    assert json.loads(b"".join(manifest_json({}, [row])))["rows"][0]["objid"] == label
    votable = b"".join(manifest_votable({}, [row]))
    table = parse_votable(io.BytesIO(votable)).get_first_table().to_table()
    assert str(table["objid"][0]).strip() == label.strip()


def test_the_votable_manifest_is_read_by_astropy_without_a_warning() -> None:
    content = b"".join(manifest_votable(FACTS, outcomes(600)))
    table = parse_votable(io.BytesIO(content), verify="exception").get_first_table()
    values = table.to_table()
    expected = list(outcomes(600))
    assert list(values["ra"]) == [row.ra for row in expected]
    assert list(values["centre_covered"].mask[:4]) == [False, True, False, False]
    assert list(values["centre_covered"].filled(fill_value=False)[:4]) == [True, False, True, False]
    assert values["covered"].mask[1]
    assert values["size"].mask[1]
    assert values["size"][0] == 20160
    assert str(values["xsize"].unit) == "arcmin"
    assert '<b> & "c"' in values["reason"][1]


def test_the_votable_manifest_is_valid_by_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "manifest.vot"
    path.write_bytes(b"".join(manifest_votable(FACTS, outcomes(5))))
    report = io.StringIO()
    assert validate(str(path), output=report, xmllint=False), report.getvalue()


def test_a_long_manifest_passes_through_little_memory() -> None:
    for chunks in (manifest_json({}, outcomes(4_000)), manifest_csv(outcomes(4_000)),
                   manifest_votable({}, outcomes(4_000))):  # fmt: skip
        tracemalloc.start()
        total = sum(len(chunk) for chunk in chunks)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total > 500_000
        assert peak < 2_500_000


def _forms(rows: list[Row]) -> list[bytes]:
    chunks = (manifest_json(FACTS, rows), manifest_csv(rows), manifest_votable(FACTS, rows))
    return [b"".join(form) for form in chunks]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda row: row, id="as they are"),
        pytest.param(lambda row: {k: v for k, v in row.items() if k != "beam"}, id="of an earlier"),
        pytest.param(lambda row: row | {"new": 1}, id="of a later release"),
        pytest.param(lambda row: dict(reversed(row.items())), id="in another order"),
    ],
)
def test_lines_of_a_pack_make_the_manifest_that_their_outcomes_make(
    tmp_path: Path, change: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    with PackWriter(tmp_path / "job" / "0-1-x") as pack:
        pack.add_outcomes(OutcomeColumns.of(list(outcomes(300))))
    file = pack.folder / OUTCOMES_FILE
    rows = [change(json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    file.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    assert _forms(list(iter_rows(pack.folder))) == _forms(list(iter_outcomes(pack.folder)))
