"""Surveys as they are served: to members only, as long as their map is the same, nothing else."""

import io
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from astropy.io import fits
from PIL import Image

from sptjobs.hips.survey_folder import SurveyFolder
from sptjobs.hips.survey_properties import read_properties
from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve
from tests.support.small_surveys import make_coadd, make_survey

pytestmark = pytest.mark.any_database

Shown = tuple[Api, MapRecord, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MapRecord, Path]:
    """A coadd, and the folder with its survey."""
    archive, root = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("hips")
    record = make_coadd(archive, shape=(40, 40))
    make_survey(archive, record, root)
    return record, root


@pytest.fixture
async def shown(made: tuple[MapRecord, Path], serve: Serve, tmp_path: Path) -> Shown:
    """Serve a survey of one coadd; of another there is none."""
    record, root = made
    other = replace(record, map_id="another", path="another.fits", sha256="1" * 64)
    shutil.copytree(root, tmp_path / "hips")
    api = await serve(hips=tmp_path / "hips")
    await ingest_maps(api.engine.database, [record, other])
    return api, record, SurveyFolder.of(tmp_path / "hips", record).path


def tile_of(survey: Path, form: str) -> str:
    """Path of a tile in its survey."""
    return next(survey.glob(f"Norder3/Dir*/*.{form}")).relative_to(survey).as_posix()


async def test_the_list_names_the_surveys_that_are_made_with_their_addresses(shown: Shown) -> None:
    api, record, _ = shown
    response = await api.get("/hips/hipslist")
    assert response.content_type == "text/plain"
    blocks = (await response.text()).split("\n\n")
    (found,) = map(read_properties, blocks)
    assert found["hips_service_url"].endswith(f"/hips/{record.map_id}")
    for name in ("creator_did", "hips_release_date", "hips_status", "obs_title"):
        assert found[name]
    tag = {"If-None-Match": response.headers["ETag"]}
    assert (await api.get("/hips/hipslist", headers=tag)).status == 304


async def test_the_files_of_a_survey_are_those_on_the_disk(shown: Shown) -> None:
    api, record, survey = shown
    properties = await api.get(f"/hips/{record.map_id}/properties")
    stored = read_properties((survey / "properties").read_text())
    assert read_properties(await properties.text()).items() > stored.items()
    assert "hips_status          = private" in await properties.text()
    kinds = {"png": "image/png", "fits": "application/fits"}
    for form, media_type in kinds.items():
        for path in (tile_of(survey, form), f"Norder3/Allsky.{form}"):
            response = await api.get(f"/hips/{record.map_id}/{path}")
            assert response.content_type == media_type
            assert await response.read() == (survey / path).read_bytes()
    coverage = await api.get(f"/hips/{record.map_id}/Moc.fits")
    with fits.open(io.BytesIO(await coverage.read())) as hdus:
        assert hdus[1].header["PIXTYPE"] == "HEALPIX"
    picture = await api.get(f"/hips/{record.map_id}/{tile_of(survey, 'png')}")
    with Image.open(io.BytesIO(await picture.read())) as tile:
        assert tile.size == (512, 512)


async def test_a_tile_is_checked_by_its_tag_or_its_time_and_sent_in_part(shown: Shown) -> None:
    api, record, survey = shown
    address = f"/hips/{record.map_id}/{tile_of(survey, 'fits')}"
    first = await api.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        assert (await api.get(address, headers=condition)).status == 304
    part = await api.get(address, headers={"Range": "bytes=0-8"})
    assert (part.status, await part.read()) == (206, b"SIMPLE  =")
    os.utime(survey / tile_of(survey, "fits"), ns=(0, 10**18))
    assert (await api.get(address, headers={"If-None-Match": first.headers["ETag"]})).status == 200


async def test_a_survey_of_a_map_that_changed_is_not_served(shown: Shown) -> None:
    api, record, survey = shown
    await ingest_maps(api.engine.database, [replace(record, sha256="2" * 64)])
    assert survey.is_dir()
    response = await api.get(f"/hips/{record.map_id}/properties")
    assert response.status == 404
    assert "there is no survey" in await response.text()
    assert await (await api.get("/hips/hipslist")).text() == ""


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"hips_order = 3\n\xc3(\n"])
async def test_a_survey_that_cannot_be_read_is_named_and_the_others_are_listed(
    shown: Shown, damage: bytes, tmp_path: Path
) -> None:
    api, record, survey = shown
    whole = replace(record, map_id="whole", path="whole.fits", sha256="3" * 64)
    await ingest_maps(api.engine.database, [record, whole])
    shutil.copytree(survey, SurveyFolder.of(tmp_path / "hips", whole).path)
    (survey / "properties").write_bytes(damage)
    response = await api.get(f"/hips/{record.map_id}/properties")
    assert response.status == 503
    assert "sptjobs archive hips" in await response.text()
    (listed,) = (await (await api.get("/hips/hipslist")).text()).split("\n\n")
    assert listed.rstrip().endswith("/hips/whole")


async def test_a_survey_that_is_half_made_is_not_served(shown: Shown) -> None:
    api, record, survey = shown
    unfinished = SurveyFolder(survey.parent, "0" * 32).unfinished(3)
    survey.rename(unfinished / survey.name)
    for path in ("properties", tile_of(unfinished / survey.name, "png")):
        assert (await api.get(f"/hips/{record.map_id}/{path}")).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "index.html",
        "Norder3/Dir0/Npix1.png",
        "Norder3/Dir0/",
        "../secret",
        "..%2fsecret",
        "%2e%2e/%2e%2e/secret",
        "Norder3/../../secret",
        "Norder3/Dir0/Npix545.png%00",
        "//etc/passwd",
        "properties/",
    ],
)
async def test_nothing_else_is_read(shown: Shown, path: str) -> None:
    api, record, survey = shown
    for folder in (survey.parent, survey.parent.parent):
        (folder / "secret").write_text("of another file")
    response = await api.get(f"/hips/{record.map_id}/{path}")
    assert "of another file" not in await response.text()
    assert response.status == 404


@pytest.mark.parametrize("map_id", ["another", "nothing", "..", "%2e%2e", "hipslist"])
async def test_a_map_without_a_survey_is_named(shown: Shown, map_id: str) -> None:
    api, _, _ = shown
    assert (await api.get(f"/hips/{map_id}/properties")).status == 404


async def test_only_members_see_them(shown: Shown) -> None:
    api, record, _ = shown
    for path in ("hipslist", f"{record.map_id}/properties", f"{record.map_id}/Moc.fits"):
        assert (await api.get(f"/hips/{path}", user=None)).status == 401


async def test_without_a_folder_there_are_none(serve: Serve, tmp_path: Path) -> None:
    api = await serve()
    record = make_coadd(tmp_path, shape=(40, 40))
    await ingest_maps(api.engine.database, [record])
    assert await (await api.get("/hips/hipslist")).text() == ""
    assert (await api.get(f"/hips/{record.map_id}/properties")).status == 404
