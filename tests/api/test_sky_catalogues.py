"""Catalogues of objects over the sky: for members, whatever lies in the operator's folder."""

import csv
import io
import os
import time
from pathlib import Path

import pytest
import pyvo
from astropy.io.votable import parse_single_table

from sptapi.keys import SKY_CATALOGUES
from sptapi.services.sky_catalogues import MAX_CATALOGUES
from tests.api.conftest import Api, Serve

pytestmark = pytest.mark.any_database

LIST = "/api/v1/catalogues"
ROWS = "ID,RA,DEC,XI\nA,0.5,-57.25,7.5\nB,359.5,-57,3\nC,20,-40,\nD,21,-95,1\n"
ABOUT = 'table = "t.csv"\ntitle = "Clusters & more"\ncredit = "<us>"\nlabel = "ID"\nsize = "XI"\n'


def write(folder: Path, name: str, about: str = ABOUT, rows: str = ROWS) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(about.replace("t.csv", f"{name}.csv"), "utf-8")
    (folder / f"{name}.csv").write_text(rows, "utf-8")


@pytest.fixture
async def api(serve: Serve, tmp_path: Path) -> Api:
    write(tmp_path / "catalogues", "clusters")
    return await serve(catalogues=tmp_path / "catalogues")


async def look_again(api: Api) -> list[str]:
    """Have the folder looked at anew, and give the names of what can be shown."""
    catalogues = api.app[SKY_CATALOGUES]
    catalogues._checked_at = None
    return [each.name for each in await catalogues.shown()]


async def test_catalogues_are_listed_and_known_by_their_tag(api: Api) -> None:
    response = await api.get(LIST)
    (found,) = (await response.json())["catalogues"]
    version = found.pop("version")
    assert found == {
        "name": "clusters", "title": "Clusters & more", "description": "", "credit": "<us>",
        "size": "XI", "objects": 3, "refused": 1, "shown": False,
    }  # fmt: skip
    etag = response.headers["ETag"]
    assert (await api.get(LIST, headers={"If-None-Match": etag})).status == 304
    document = await api.get(f"{LIST}/clusters")
    assert (await document.json())["version"] == version
    etag = document.headers["ETag"]
    assert (await api.get(f"{LIST}/clusters", headers={"If-None-Match": etag})).status == 304
    other = f"{LIST}/clusters?MAXREC=1"
    assert (await api.get(other, headers={"If-None-Match": etag})).status == 200


async def test_objects_come_in_the_order_of_the_table_or_those_of_a_region(api: Api) -> None:
    found = await api.document(f"{LIST}/clusters")
    assert found["rows"][0] == {"name": "A", "ra": 0.5, "dec": -57.25, "size": 7.5, "link": None}
    assert [row["name"] for row in found["rows"]] == ["A", "B", "C"]
    assert not found["overflow"]
    for place in ("CIRCLE 0 -57 2", "RANGE 359 1 -60 -50", "polygon 350 -60 350 -50 5 -50 5 -60"):
        found = await api.document(f"{LIST}/clusters", params={"POS": place})
        assert [row["name"] for row in found["rows"]] == ["A", "B"], place
    found = await api.document(f"{LIST}/clusters?MAXREC=2")
    assert ([row["name"] for row in found["rows"]], found["overflow"]) == (["A", "B"], True)
    found = await api.document(f"{LIST}/clusters?maxrec=0")
    assert (found["rows"], found["overflow"]) == ([], True)


async def test_objects_are_a_votable_and_csv_too(api: Api) -> None:
    response = await api.get(f"{LIST}/clusters?RESPONSEFORMAT=votable")
    assert response.content_type == "application/x-votable+xml"
    content = await response.read()
    table = parse_single_table(io.BytesIO(content)).to_table()
    assert list(table["name"]) == ["A", "B", "C"]
    assert list(table["ra"]) == [0.5, 359.5, 20]
    found = pyvo.dal.DALResults(pyvo.dal.query.votableparse(io.BytesIO(content)))
    assert found.fieldname_with_ucd("pos.eq.ra") == "ra"
    assert b"OVERFLOW" not in content
    cut = await api.get(f"{LIST}/clusters?RESPONSEFORMAT=votable&MAXREC=2")
    assert b'value="OVERFLOW"' in await cut.read()
    assert b'value="&lt;us&gt;"' in content
    response = await api.get(f"{LIST}/clusters?RESPONSEFORMAT=text/csv")
    rows = list(csv.reader(io.StringIO(await response.text())))
    assert rows[:2] == [["name", "ra", "dec", "size", "link"], ["A", "0.5", "-57.25", "7.5", ""]]


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nothing", 404, "there is no catalogue 'nothing'"),
        ("/..%2fclusters", 404, ""),
        ("/clusters?POS=BOX 1 2 3 4", 400, "POS"),
        ("/clusters?POS=CIRCLE 1 2 3&POS=CIRCLE 1 2 3", 400, "POS"),
        ("/clusters?MAXREC=-1", 400, "MAXREC"),
        ("/clusters?RESPONSEFORMAT=fits", 400, "RESPONSEFORMAT"),
        ("/clusters?CONE=1", 400, "CONE"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    api: Api, address: str, status: int, words: str
) -> None:
    response = await api.get(LIST + address)
    assert response.status == status
    assert words in await response.text()


async def test_a_broken_catalogue_takes_no_other_with_it_and_operators_see_why(
    api: Api, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "catalogues"
    write(folder, "broken", rows="a,b\n1,2\n")
    write(folder, "a name", rows=ROWS)
    (folder / "torn.toml").write_text('title = "<b>')
    (folder / "readme.txt").write_text("of no interest")
    (folder / "late.toml").symlink_to(folder / "nowhere.toml")
    assert await look_again(api) == ["clusters"]
    overview = await api.document("/ops/", user="root")
    found = {each["name"]: each for each in overview["catalogues"]}
    assert set(found) == {"clusters", "broken", "a name", "torn", "late"}
    assert found["clusters"]["reason"] is None
    assert (found["clusters"]["objects"], found["clusters"]["refused"]) == (3, 1)
    assert found["clusters"]["problems"][0].startswith("clusters.csv, row 4: DEC ")
    assert "broken.csv: RA" in found["broken"]["reason"]
    assert "TOML" in found["torn"]["reason"]
    assert "letters, digits" in found["a name"]["reason"]
    page = await (
        await api.get("/ops/", user="root", headers={"Accept": "text/html,application/xhtml+xml"})
    ).text()
    assert "A catalogue is not shown." in page
    assert "clusters.csv, row 4" in page
    assert "catalogue broken cannot be shown: broken.csv: RA" in caplog.text
    assert "catalogue clusters: a row is left out: clusters.csv, row 4" in caplog.text
    caplog.clear()
    os.utime(folder / "readme.txt", (1, 1))  # all are read anew, and nothing new is wrong
    await look_again(api)
    assert "cannot be shown" not in caplog.text


async def test_what_the_operator_changes_is_there_without_a_restart(
    api: Api, tmp_path: Path
) -> None:
    before = await api.document(f"{LIST}/clusters")
    write(tmp_path / "catalogues", "clusters", rows=ROWS + "E,5,5,5\n")
    write(tmp_path / "catalogues", "sources", rows=ROWS)
    assert await look_again(api) == ["clusters", "sources"]
    after = await api.document(f"{LIST}/clusters")
    assert len(after["rows"]) == len(before["rows"]) + 1
    assert after["version"] != before["version"]
    for file in (tmp_path / "catalogues").glob("clusters.*"):
        file.unlink()
    assert await look_again(api) == ["sources"]


async def test_without_a_folder_there_are_none(serve: Serve, tmp_path: Path) -> None:
    api = await serve()
    assert (await api.document(LIST))["catalogues"] == []
    (tmp_path / "file").write_text("no folder")
    api = await serve(catalogues=tmp_path / "file")
    assert (await api.document(LIST))["catalogues"] == []
    overview = await api.document("/ops/", user="root")
    assert "SPT_CATALOGUES" in overview["catalogues"][0]["reason"]


async def test_there_are_bounds_to_number_and_memory(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    for name in ("a", "b", "c"):
        write(folder, name, rows="ID,RA,DEC,XI\n" + "a name,1,2,3\n" * 100)
    api = await serve(catalogues=folder)
    api.app[SKY_CATALOGUES]._max_bytes = 10_000
    assert await look_again(api) == ["a", "b"]
    api.app[SKY_CATALOGUES]._max_bytes = 1 << 20
    for number in range(MAX_CATALOGUES):
        (folder / f"m{number}.toml").write_text("")
    assert await look_again(api) == ["a", "b", "c"]
    states = await api.app[SKY_CATALOGUES].states()
    assert len(states) == MAX_CATALOGUES + 3
    assert f"more than {MAX_CATALOGUES} catalogues" in str(states[-1].reason)


async def test_ten_thousand_objects_of_twenty_thousand_come_quickly(
    serve: Serve, tmp_path: Path
) -> None:
    rows = "".join(f"N{n},{n * 0.0036:.4f},{n % 90 - 89},1\n" for n in range(20_000))
    write(tmp_path / "catalogues", "many", rows=f"ID,RA,DEC,XI\n{rows}")
    api = await serve(catalogues=tmp_path / "catalogues")
    assert await look_again(api) == ["many"]
    started = time.process_time()
    found = await api.document(f"{LIST}/many", params={"POS": "CIRCLE 30 -45 20"})
    assert time.process_time() - started < 2
    assert 100 < len(found["rows"]) < 10_000
