"""Queries for maps by SIA 2.0, and the ObsCore table that is the reply."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from astropy.io.votable import parse
from astropy.io.votable.tree import VOTableFile

from sptjobs.maps.polarisation_plane import PolarisationPlane
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve
from tests.api.test_service import RECORD
from tests.support.scale import scaled

SIA = "/api/v1/sia"
HIGH = replace(
    RECORD, map_id="2_220GHz_fltd", band="220GHz", filetype="filtered", obsid="2", sha256="2" * 64,
    date_beg="2021-06-01T00:00:00", date_end=None, beam_arcmin=None, field="ra0hdec-44.75",
    footprint=(((359.0, -45.0), (1.0, -45.0), (1.0, -44.0), (359.0, -44.0)),),
    unit=None,
)  # fmt: skip
COADD = replace(
    RECORD, map_id="yearly_150GHz", band="150GHz", obsid="yearly_2019_2020", sha256="3" * 64,
    tag="yearly_2019_2020", date_beg=None, date_end=None, field="", collection="", unit="mJy",
    footprint=(*RECORD.footprint, ((90.0, 80.0), (210.0, 80.0), (330.0, 80.0))),
)  # fmt: skip
MAPS = (RECORD, HIGH, COADD)
ALL = [record.map_id for record in MAPS]


@pytest.fixture
async def filled(api: Api) -> Api:
    await ingest_maps(api.engine.database, MAPS)
    return api


async def document(api: Api, *fields: tuple[str, str], post: bool = False) -> VOTableFile:
    """Query, and read the VOTable by astropy, which is strict with what it does not know."""
    if post:
        response = await api.post(SIA, urlencode(fields), headers=FORM)
    else:
        response = await api.get(f"{SIA}?{urlencode(fields)}")
    assert response.status == 200, await response.text()
    assert response.content_type == "application/x-votable+xml"
    return parse(io.BytesIO(await response.read()), verify="exception")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def ids(api: Api, *fields: tuple[str, str]) -> list[str]:
    """Names of the maps that a query finds."""
    table = (await document(api, *fields)).get_first_table()
    return [str(each) for each in table.array["map_id"]]


async def error(api: Api, *fields: tuple[str, str]) -> str:
    """Text of the error of a query, which has to be a VOTable with status 400."""
    response = await api.get(f"{SIA}?{urlencode(fields)}")
    assert response.status == 400
    assert response.content_type == "application/x-votable+xml"
    resource = parse(io.BytesIO(await response.read())).resources[0]
    (status,) = resource.infos
    assert (resource.type, status.name, status.value) == ("results", "QUERY_STATUS", "ERROR")
    return str(status.content)


MANDATORY = {
    "dataproduct_type": ("meta.code.class", None, "ObsDataset.dataProductType"),
    "calib_level": ("meta.code;obs.calib", None, "ObsDataset.calibLevel"),
    "obs_collection": ("meta.id", None, "DataID.Collection"),
    "obs_id": ("meta.id", None, "DataID.observationID"),
    "obs_publisher_did": ("meta.ref.ivoid", None, "Curation.PublisherDID"),
    "access_url": ("meta.ref.url", None, "Access.Reference"),
    "access_format": ("meta.code.mime", None, "Access.Format"),
    "access_estsize": ("phys.size;meta.file", "kbyte", "Access.Size"),
    "target_name": ("meta.id;src", None, "Target.Name"),
    "s_ra": ("pos.eq.ra", "deg", "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1"),
    "s_dec": ("pos.eq.dec", "deg", "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2"),
    "s_fov": ("phys.angSize;instr.fov", "deg", "Char.SpatialAxis.Coverage.Bounds.Extent.diameter"),
    "s_region": ("pos.outline;obs.field", None, "Char.SpatialAxis.Coverage.Support.Area"),
    "s_resolution": ("pos.angResolution", "arcsec", "Char.SpatialAxis.Resolution.Refval.value"),
    "s_xel1": ("meta.number", None, "Char.SpatialAxis.numBins1"),
    "s_xel2": ("meta.number", None, "Char.SpatialAxis.numBins2"),
    "t_min": ("time.start;obs.exposure", "d", "Char.TimeAxis.Coverage.Bounds.Limits.StartTime"),
    "t_max": ("time.end;obs.exposure", "d", "Char.TimeAxis.Coverage.Bounds.Limits.StopTime"),
    "t_exptime": ("time.duration;obs.exposure", "s", "Char.TimeAxis.Coverage.Support.Extent"),
    "t_resolution": ("time.resolution", "s", "Char.TimeAxis.Resolution.Refval.value"),
    "t_xel": ("meta.number", None, "Char.TimeAxis.numBins"),
    "em_min": ("em.wl;stat.min", "m", "Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit"),
    "em_max": ("em.wl;stat.max", "m", "Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit"),
    "em_res_power": ("spect.resolution", None, "Char.SpectralAxis.Resolution.ResolPower.refVal"),
    "em_xel": ("meta.number", None, "Char.SpectralAxis.numBins"),
    "o_ucd": ("meta.ucd", None, "Char.ObservableAxis.ucd"),
    "pol_states": ("meta.code;phys.polarization", None, "Char.PolarizationAxis.stateList"),
    "pol_xel": ("meta.number", None, "Char.PolarizationAxis.numBins"),
    "facility_name": ("meta.id;instr.tel", None, "Provenance.ObsConfig.Facility.name"),
    "instrument_name": ("meta.id;instr", None, "Provenance.ObsConfig.Instrument.name"),
}
"""UCD, unit and utype of ObsCore 1.1, table 5."""


async def test_sia_the_response_is_an_obscore_table_with_all_thirty_columns(filled: Api) -> None:
    found = await document(filled)
    infos = {info.name: info.value for info in found.resources[0].infos}
    assert infos == {"QUERY_STATUS": "OK", "standardID": "ivo://ivoa.net/std/SIA#query-2.0"}
    fields = {field.name: field for field in found.get_first_table().fields}
    assert list(fields)[:30] == list(MANDATORY)
    for name, (ucd, unit, utype) in MANDATORY.items():
        field = fields[name]
        assert (field.ucd, field.utype) == (ucd, f"obscore:{utype}")
        assert (str(field.unit) if field.unit else None) == unit


async def test_obscore_an_observation_has_its_own_times_and_a_coadd_those_of_its_years(
    filled: Api,
) -> None:
    table = (await document(filled)).get_first_table().to_table(use_names_over_ids=True)
    single, instant, coadd = table
    assert (single["t_min"], single["t_max"]) == pytest.approx((58940.0, 58940.0 + 1 / 12))
    assert single["t_exptime"] == pytest.approx(7200)
    assert instant["t_min"] == instant["t_max"] == 59366.0
    assert (coadd["t_min"], coadd["t_max"]) == (58484.0, 59215.0)  # 2019-01-01 to 2021-01-01
    assert coadd["t_exptime"] is not None
    assert [row["calib_level"] for row in table] == [2, 2, 3]
    assert coadd["obs_collection"] == "SPT-3G"


async def test_obscore_values_are_those_of_the_map(filled: Api) -> None:
    row = (await document(filled)).get_first_table().to_table(use_names_over_ids=True)[0]
    did = "ivo://spt3g/maps?1_90GHz_psth"
    assert row["obs_publisher_did"] == did
    assert row["access_url"] == f"{filled.base}/api/v1/links?ID={quote(did, safe='')}"
    assert row["access_format"] == "application/x-votable+xml;content=datalink"
    assert (row["dataproduct_type"], row["dataproduct_subtype"]) == ("image", "passthrough")
    assert (row["s_xel1"], row["s_xel2"], row["access_estsize"]) == (20, 10, 1)
    assert row["s_resolution"] == pytest.approx(96)
    assert (row["s_ra"], row["s_dec"]) == pytest.approx((0.5, -56.5), abs=0.1)
    assert row["s_fov"] == pytest.approx(1.14, abs=0.01)
    assert row["s_region"] == (
        "POLYGON ICRS 0.0000000 -57.0000000 1.0000000 -57.0000000 1.0000000 -56.0000000"
    )
    assert (row["em_min"], row["em_max"]) == pytest.approx((2.7759e-3, 3.6560e-3), rel=1e-4)
    assert row["em_res_power"] == pytest.approx(3.65, abs=0.01)
    assert (row["o_ucd"], row["pol_states"], row["o_unit"]) == (
        "phys.temperature;em.mm",
        "/I/",
        "mK",
    )
    assert (row["facility_name"], row["instrument_name"]) == ("SPT", "SPT-3G")


async def test_obscore_a_map_of_several_planes_says_which_and_is_found_by_each(api: Api) -> None:
    planes = tuple(PolarisationPlane(state, hdu, 4) for hdu, state in enumerate("UIQ", start=1))
    await ingest_maps(api.engine.database, [RECORD, replace(HIGH, planes=planes)])
    (row,) = (await document(api, ("POL", "Q"))).get_first_table().array
    assert (row["map_id"], row["pol_states"], row["pol_xel"]) == (HIGH.map_id, "/I/Q/U/", 3)
    assert await ids(api, ("POL", "I")) == [RECORD.map_id, HIGH.map_id]
    assert await ids(api, ("POL", "V")) == []
    found = (await api.document("/api/v1/maps"))["maps"]
    assert [each["pol_states"] for each in found] == [["I"], ["U", "I", "Q"]]
    response = await api.get(f"/api/v1/links?ID={HIGH.map_id}")
    links = parse(io.BytesIO(await response.read()))
    soda = next(each for each in links.resources if str(each.ID).startswith("soda_sync"))
    (pol,) = [each for group in soda.groups for each in group.entries if each.name == "POL"]
    assert [option[1] for option in pol.values.options] == ["U", "I", "Q"]
    summary = await api.document("/api/v1/maps/summary")
    assert [each["pol_states"] for each in summary["groups"]] == [["I"], ["I", "Q", "U"]]


async def test_obscore_several_polygons_are_a_union(filled: Api) -> None:
    table = (await document(filled, ("CALIB", "3"))).get_first_table()
    region = str(table.array["s_region"][0])
    assert re.fullmatch(r"UNION ICRS \(POLYGON( -?[0-9.]+){6} POLYGON( -?[0-9.]+){6}\)", region)


SELECTIONS: tuple[tuple[tuple[tuple[str, str], ...], list[int]], ...] = (
        ((), [0, 1, 2]),
        ((("POS", "CIRCLE 0.9 -56.8 0.01"),), [0, 2]),
        ((("POS", "circle 0.2 -56.2 0.01"),), []),
        ((("POS", "CIRCLE 0.2 -56.2 0.5"),), [0, 2]),
        ((("POS", "CIRCLE 0 -44.5 0.1"),), [1]),
        ((("POS", "CIRCLE 0.9 -56.8 0"),), [0, 2]),
        ((("POS", "CIRCLE 0 0 180"),), [0, 1, 2]),
        ((("POS", "CIRCLE 0 90 1"),), [2]),
        ((("POS", "RANGE 0 360 -90 -50"),), [0, 2]),
        ((("POS", "RANGE 359.5 0.5 -44.9 -44.1"),), [1]),
        ((("POS", "RANGE -Inf +Inf 89 +Inf"),), [2]),
        ((("POS", "RANGE 10 20 -45 -44"),), []),
        ((("POS", "POLYGON 359.9 -44.6 0.1 -44.6 0.1 -44.4 359.9 -44.4"),), [1]),
        ((("POS", "POLYGON 359.9 -44.4 0.1 -44.4 0.1 -44.6 359.9 -44.6"),), [1]),
        ((("POS", "CIRCLE 0 -44.5 0.1"), ("POS", "CIRCLE 0 90 1")), [1, 2]),
        ((("pos", " CIRCLE\t360  -44.5 0.1 "),), [1]),
        ((("BAND", "2e-3 2.1e-3"),), [2]),
        ((("BAND", "2e-3"),), [2]),
        ((("BAND", "-Inf 1.5e-3"),), [1]),
        ((("BAND", "3e-3 +Inf"),), [0]),
        ((("BAND", "3e-3  Inf"),), [0]),
        ((("BAND", "-Inf +Inf"),), [0, 1, 2]),
        ((("BAND", "5e-7"),), []),
        ((("BAND", "1.3e-3"), ("BAND", "3e-3")), [0, 1]),
        ((("TIME", "58940.05"),), [0, 2]),
        ((("TIME", "59366 59367"),), [1]),
        ((("TIME", "-Inf 58500"),), [2]),
        ((("TIME", "60000 +Inf"),), []),
        ((("POL", "I"),), [0, 1, 2]),
        ((("POL", "Q"), ("POL", "POLI")), []),
        ((("POL", "q"), ("POL", "i")), [0, 1, 2]),
        ((("FOV", "1 1.2"),), [0]),
        ((("SPATRES", "90 100"),), [0, 2]),
        ((("SPECRP", "3.5 3.7"),), [0]),
        ((("EXPTIME", "7000 8000"),), [0]),
        ((("TIMERES", "-Inf +Inf"),), []),
        ((("ID", "ivo://spt3g/maps?1_90GHz_psth"),), [0]),
        ((("ID", "IVO://SPT3G/Maps?1_90GHz_psth"), ("ID", "yearly_150GHz")), [0, 2]),
        ((("ID", "ivo://other/maps?1_90GHz_psth"),), []),
        ((("ID", "nothing"),), []),
        ((("COLLECTION", "c"),), [0, 1]),
        ((("COLLECTION", "SPT-3G"),), [2]),
        ((("FACILITY", "SPT"),), [0, 1, 2]),
        ((("FACILITY", "ACT"),), []),
        ((("INSTRUMENT", "SPT-3G"),), [0, 1, 2]),
        ((("INSTRUMENT", "spt-3g"),), []),
        ((("DPTYPE", "image"),), [0, 1, 2]),
        ((("DPTYPE", "cube"),), []),
        ((("CALIB", "3"),), [2]),
        ((("CALIB", "2"), ("CALIB", "3")), [0, 1, 2]),
        ((("CALIB", "1"),), []),
        ((("TARGET", "ra0hdec-59.75"),), [0]),
        ((("FORMAT", "application/x-votable+xml; content=DataLink"),), [0, 1, 2]),
        ((("FORMAT", "image/jpeg"),), []),
        ((("FILETYPE", "fltd"),), [1]),
        ((("POS", "CIRCLE 0.9 -56.8 0.01"), ("TIME", "58600"), ("BAND", "2e-3")), [2]),
        ((("POS", ""), ("BAND", " "), ("ID", "")), [0, 1, 2]),
)  # fmt: skip
"""Parameters, and which of the maps they select."""


async def test_sia_a_parameter_selects_what_the_standard_says(filled: Api) -> None:
    for fields, found in SELECTIONS:
        assert await ids(filled, *fields) == [ALL[number] for number in found], fields


async def test_sia_takes_post_with_values_in_body_and_address(filled: Api) -> None:
    found = await document(filled, ("calib", "3"), ("Band", "2e-3"), post=True)
    assert [str(each) for each in found.get_first_table().array["map_id"]] == ["yearly_150GHz"]


WRONG = (
    ("POS", "CIRCLE 0 0"), ("POS", "CIRCLE 0 0 -1"), ("POS", "CIRCLE 0 91 1"),
    ("POS", "CIRCLE nan 0 1"), ("POS", "BOX 0 0 1 1"), ("POS", "0 0 1"),
    ("POS", "POLYGON 0 0 1 1"), ("POS", "RANGE 0 1 2 -2"), ("POS", "CIRCLE 1_0 0 1"),
    ("BAND", "2 1"), ("BAND", "1 2 3"), ("BAND", "red"), ("BAND", "150GHz"),
    ("TIME", "2020-01-01"), ("TIME", "nan"), ("TIME", "+Inf"), ("FOV", "1,2"),
    ("POL", "Z"), ("DPTYPE", "photo"), ("CALIB", "9"), ("CALIB", "2.0"), ("FILETYPE", "raw"),
    ("MAXREC", "-1"), ("MAXREC", "x"), ("RESPONSEFORMAT", "fits"), ("STRICT", "maybe"),
)  # fmt: skip


async def test_sia_a_wrong_value_is_refused_by_a_votable_that_names_it(filled: Api) -> None:
    for name, value in WRONG:
        said = await error(filled, (name, value))
        assert said.startswith("UsageError: "), value
        assert name in said
        assert any(word in said for word in value.split())


async def test_sia_a_single_valued_parameter_given_twice_is_refused(filled: Api) -> None:
    assert "MAXREC" in await error(filled, ("MAXREC", "1"), ("MAXREC", "2"))
    assert "POS: is given 201 times" in await error(filled, *[("POS", "CIRCLE 0 0 1")] * 201)


async def test_sia_an_error_is_problem_json_for_who_asked_for_json(filled: Api) -> None:
    for path, headers in (
        (f"{SIA}?BAND=red&RESPONSEFORMAT=json", {"Accept": "application/json"}),
        (f"{SIA}?BAND=red", {"Accept": "application/json"}),
    ):
        response = await filled.get(path, headers=headers)
        assert (response.status, response.content_type) == (400, "application/problem+json")


async def test_sia_an_unknown_parameter_is_stated_or_refused_if_strict(filled: Api) -> None:
    found = await document(filled, ("BANDS", "150GHz"), ("REQUEST", "query"))
    infos = {info.name: info.value for info in found.resources[0].infos}
    assert infos["ignored"] == "means nothing here: BANDS"
    assert "BANDS" in await error(filled, ("BANDS", "150GHz"), ("STRICT", "true"))


async def test_dali_maxrec_limits_rows_and_the_overflow_is_stated_behind_them(filled: Api) -> None:
    for limit, rows, overflows in (("1", 1, True), ("3", 3, False), ("0", 0, True)):
        response = await filled.get(f"{SIA}?MAXREC={limit}")
        text = await response.text()
        assert text.count("<TR>") == rows
        overflow = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
        assert (overflow in text.partition("</TABLE>")[2]) is overflows
        assert len(parse(io.BytesIO(text.encode())).get_first_table().fields) > 30


async def test_dali_responseformat_gives_csv_and_json_with_the_same_rows(filled: Api) -> None:
    table = (await document(filled)).get_first_table().to_table(use_names_over_ids=True)
    response = await filled.get(f"{SIA}?RESPONSEFORMAT=csv")
    assert response.content_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert [row["obs_publisher_did"] for row in rows] == list(table["obs_publisher_did"])
    assert rows[1]["s_resolution"] == rows[2]["t_exptime"] == ""
    response = await filled.get(f"{SIA}?RESPONSEFORMAT=application/json&MAXREC=2")
    assert response.content_type == "application/json"
    read = json.loads(await response.text())
    assert read["overflow"] is True
    assert [row["map_id"] for row in read["rows"]] == ALL[:2]
    assert read["rows"][0]["t_min"] == table["t_min"][0]
    assert [column["name"] for column in read["columns"]] == table.colnames
    empty = json.loads(await (await filled.get(f"{SIA}?RESPONSEFORMAT=json&ID=x")).text())
    assert (empty["rows"], empty["overflow"]) == ([], False)


async def test_dali_the_media_type_is_the_one_that_was_asked_for(filled: Api) -> None:
    for name in ("text/xml", "votable", "application/x-votable+xml"):
        response = await filled.get(f"{SIA}?MAXREC=0&RESPONSEFORMAT={quote(name)}")
        asked = name if "/" in name else "application/x-votable+xml"
        assert response.content_type == asked


async def test_sia_each_response_says_how_to_get_links_and_cutouts_of_its_rows(
    filled: Api,
) -> None:
    for query in ((), (("MAXREC", "0"),), (("ID", "none"),)):
        _, links, soda = (await document(filled, *query)).resources
        for resource, address, standard in (
            (links, "/api/v1/links", "ivo://ivoa.net/std/DataLink#links-1.1"),
            (soda, "/api/v1/cutout/sync", "ivo://ivoa.net/std/SODA#sync-1.0"),
        ):
            assert (resource.type, resource.utype) == ("meta", "adhoc:service")
            said = {param.name: param.value for param in resource.params}
            assert (said["accessURL"], said["standardID"]) == (filled.base + address, standard)
            inputs = {param.name: param for param in resource.groups[0].entries}
            assert inputs["ID"].ref == "obs_publisher_did"
    assert {"CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL"} < set(inputs)
    circle, band = inputs["CIRCLE"], inputs["BAND"]
    assert (circle.arraysize, circle.xtype, str(circle.unit)) == ("3", "circle", "deg")
    assert (circle.ucd, band.ucd) == ("pos.outline;obs", "em.wl;stat.interval")


async def test_a_query_needs_a_sign_in_and_head_answers_without_rows(filled: Api) -> None:
    assert (await filled.get(SIA, user=None)).status == 401
    response = await filled.call("HEAD", SIA)
    assert (response.status, response.content_type) == (200, "application/x-votable+xml")


async def test_names_of_maps_that_xml_and_addresses_do_not_take_as_they_are_come_back(
    api: Api,
) -> None:
    odd = replace(RECORD, map_id="a&b <c> 'd' #1%20é+", field="<&>")
    await ingest_maps(api.engine.database, [odd])
    assert await ids(api, ("TARGET", "<&>")) == [odd.map_id]
    assert await ids(api, ("ID", odd.map_id)) == [odd.map_id]
    row = (await document(api)).get_first_table().array[0]
    assert await ids(api, ("ID", str(row["obs_publisher_did"]))) == [odd.map_id]


async def test_maps_that_an_earlier_release_catalogued_are_found_and_placed_by_ingest(
    filled: Api,
) -> None:
    import sqlalchemy as sa

    from sptjobs.store.schema import archive_map

    forgotten = dict.fromkeys(("sky_x", "sky_y", "sky_z", "sky_cos", "sky_sin"))
    async with filled.engine.database.write() as connection:
        await connection.execute(sa.update(archive_map).values(**forgotten, time_begin=None))
    where = (("POS", "CIRCLE 0.9 -56.8 0.01"), ("TIME", "58940.05"))
    assert await ids(filled, *where) == [ALL[0], ALL[2]]
    await ingest_maps(filled.engine.database, MAPS)
    async with filled.engine.database.read() as connection:
        query = sa.select(sa.func.count()).where(archive_map.c.sky_x.is_(None))
        assert await connection.scalar(query) == 0
    assert await ids(filled, *where) == [ALL[0], ALL[2]]


async def test_thousands_of_rows_come_page_by_page_and_none_twice(serve: Serve) -> None:
    api = await serve()
    count = scaled(1_700)
    maps = [
        replace(RECORD, map_id=f"m{number:06d}", sha256=f"{number:064d}", obsid=str(number))
        for number in range(count)
    ]
    await ingest_maps(api.engine.database, maps)
    response = await api.get(f"{SIA}?RESPONSEFORMAT=csv&POS=CIRCLE+0.9+-56.8+0.01&MAXREC=1000000")
    rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert [row["map_id"] for row in rows] == [each.map_id for each in maps]
    limited = await api.get(f"{SIA}?RESPONSEFORMAT=json&MAXREC=1200")
    read: Any = json.loads(await limited.text())
    assert (len(read["rows"]), read["overflow"]) == (1200, True)


def test_the_record_of_a_coadd_covers_the_years_of_its_tag_else_of_its_season() -> None:
    def covered(**changes: Any) -> Any:
        return replace(COADD, **changes).covered

    assert covered(tag="deep_2020") == (58849.0, 59215.0)
    assert covered(tag="deep", season="winter 2020") == (58849.0, 59215.0)
    assert covered(tag="deep", season=None) is None
