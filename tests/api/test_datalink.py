"""Links of maps by DataLink 1.1."""

import io
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from astropy.io.votable import parse
from astropy.io.votable.tree import Resource, VOTableFile

from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api
from tests.api.test_service import RECORD
from tests.api.test_sia import COADD, FORM, MAPS, ids

LINKS = "/api/v1/links"
DID = "ivo://spt3g/maps?1_90GHz_psth"
COLUMNS = [
    "ID", "access_url", "service_def", "error_message", "description", "semantics",
    "content_type", "content_length", "content_qualifier", "local_semantics", "link_auth",
    "link_authorized",
]  # fmt: skip


@pytest.fixture
async def filled(api: Api) -> Api:
    await ingest_maps(api.engine.database, MAPS)
    return api


async def document(api: Api, *identifiers: str, post: bool = False, **more: str) -> VOTableFile:
    fields = [("ID", each) for each in identifiers] + list(more.items())
    if post:
        response = await api.post(LINKS, urlencode(fields), headers=FORM)
    else:
        response = await api.get(f"{LINKS}?{urlencode(fields)}")
    assert response.status == 200, await response.text()
    return parse(io.BytesIO(await response.read()), verify="exception")


def rows(found: VOTableFile) -> list[dict[str, str]]:
    """The rows of the table, what is empty left out."""
    table = found.get_first_table().to_table(use_names_over_ids=True)
    filled = [{name: row[name] for name in table.colnames} for row in table]
    return [{k: str(v) for k, v in row.items() if str(v) not in {"", "--"}} for row in filled]


def inputs(found: VOTableFile, name: str) -> dict[str, Any]:
    """Parameters of a service that is described below the table."""
    (resource,) = [each for each in found.resources if name == each.ID]
    assert isinstance(resource, Resource)
    return {param.name: param for param in resource.groups[0].entries}


async def test_datalink_the_table_has_the_columns_of_version_1_1_and_says_so(filled: Api) -> None:
    response = await filled.get(f"{LINKS}?{urlencode({'ID': DID})}")
    assert response.headers["Content-Type"] == "application/x-votable+xml;content=datalink"
    found = parse(io.BytesIO(await response.read()), verify="exception")
    infos = {info.name: info.value for info in found.resources[0].infos}
    assert infos["standardID"] == "ivo://ivoa.net/std/DataLink#links-1.1"
    assert [field.name for field in found.get_first_table().fields] == COLUMNS
    assert found.resources[0].type == "results"


@pytest.mark.parametrize("post", [False, True])
async def test_datalink_a_row_has_one_of_address_service_and_fault(filled: Api, post: bool) -> None:
    found = rows(await document(filled, DID, "nothing", "yearly_150GHz", "", post=post))
    for row in found:
        assert len({"access_url", "service_def", "error_message"} & row.keys()) == 1
        assert "semantics" in row
    coadd = ["yearly_150GHz"] * 4
    assert [row.get("ID", "") for row in found] == [DID] * 3 + ["nothing", *coadd, ""]
    assert [row["semantics"] for row in found[:3]] == ["#cutout", "#cutout", "#preview"]
    assert found[0]["link_auth"] == "true"
    assert found[0]["link_authorized"] == "True"


async def test_datalink_what_is_no_map_of_ours_is_a_fault_by_name(filled: Api) -> None:
    unknown, empty, foreign = rows(await document(filled, "nothing", " ", "ivo://other/maps?1"))
    assert unknown["error_message"] == "NotFoundFault: there is no map nothing"
    assert empty["error_message"] == "UsageFault: ID has no value"
    assert foreign["error_message"].startswith("NotFoundFault")


async def test_datalink_without_an_id_the_table_is_empty(filled: Api) -> None:
    assert rows(await document(filled)) == []


async def test_datalink_a_cutout_is_described_with_the_bounds_of_its_map(filled: Api) -> None:
    found = await document(filled, DID)
    for kind, address in (("sync", "sync"), ("async", "async")):
        (row,) = [r for r in rows(found) if r.get("local_semantics") == f"#soda_{kind}"]
        (resource,) = [each for each in found.resources if row["service_def"] == each.ID]
        said = {param.name: param.value for param in resource.params}
        assert said["accessURL"] == f"{filled.base}/api/v1/cutout/{address}"
        assert said["standardID"] == f"ivo://ivoa.net/std/SODA#{kind}-1.0"
        taken = inputs(found, row["service_def"])
        assert taken["ID"].value == DID
        low, high = taken["BAND"].values.min, taken["BAND"].values.max
        assert (float(low), float(high)) == pytest.approx((2.7759e-3, 3.6560e-3), rel=1e-4)
        assert float(taken["TIME"].values.min) == 58940.0
        circle = [float(each) for each in taken["CIRCLE"].values.max]
        assert circle == pytest.approx([0.46, -56.5, 0.57], abs=0.05)
        corners = [float(each) for each in taken["POLYGON"].values.max]
        assert corners == [angle for corner in RECORD.footprint[0] for angle in corner]
        assert [option[1] for option in taken["POL"].values.options] == ["I"]


async def test_datalink_a_coadd_leads_to_the_maps_of_its_area_years_band_and_kind(
    filled: Api,
) -> None:
    found = rows(await document(filled, COADD.map_id))
    (link,) = [row["access_url"] for row in found if row["semantics"] == "#progenitor"]
    address = urlsplit(link)
    assert link.startswith(f"{filled.base}/api/v1/sia?")
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert asked["CALIB"] == "2"
    assert await ids(filled, *asked.items()) == []  # of its band there is no observation
    del asked["BAND"]
    assert await ids(filled, *asked.items()) == [RECORD.map_id]


async def test_datalink_a_preview_is_a_picture_of_the_map_itself(filled: Api) -> None:
    found = rows(await document(filled, DID))
    (link,) = [row for row in found if row["semantics"] == "#preview"]
    asked = parse_qs(urlsplit(link["access_url"]).query)
    assert (asked["ID"], asked["RESPONSEFORMAT"]) == ([DID], ["image/png"])
    assert link["content_type"] == "image/png"


async def test_dali_maxrec_and_too_many_ids_are_stated_by_overflow(filled: Api) -> None:
    overflow = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
    for fields, count, overflows in (
        ([("ID", DID), ("MAXREC", "2")], 2, True),
        ([("ID", DID), ("MAXREC", "3")], 3, False),
        ([("ID", DID), ("MAXREC", "0")], 0, True),
        ([("ID", f"x{n}") for n in range(501)], 500, True),
        ([("ID", f"x{n}") for n in range(500)], 500, False),
    ):
        response = await filled.post(LINKS, urlencode(fields), headers=FORM)
        text = await response.text()
        assert text.count("<TR>") == count
        assert (overflow in text) is overflows


async def test_dali_a_form_that_links_do_not_have_is_refused_by_a_votable(filled: Api) -> None:
    response = await filled.get(f"{LINKS}?ID=x&RESPONSEFORMAT=application/fits")
    assert (response.status, response.content_type) == (400, "application/x-votable+xml")
    assert "RESPONSEFORMAT" in await response.text()
    response = await filled.get(f"{LINKS}?ID=x&RESPONSEFORMAT=text/xml")
    assert response.content_type == "text/xml"


async def test_links_need_a_sign_in_and_take_any_text_as_an_identifier(filled: Api) -> None:
    assert (await filled.get(f"{LINKS}?ID=x", user=None)).status == 401
    odd = ("<&>", "a\0b", "\N{SNOWMAN}", "x" * 5000)
    assert len(rows(await document(filled, *odd))) == 4
