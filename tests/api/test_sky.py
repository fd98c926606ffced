"""The sky: layers and tiles of values, each made once, for members only."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sptapi.keys import TILES
from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve
from tests.support.small_maps import make_map, pixels

pytestmark = pytest.mark.any_database

SKY = "/api/v1/sky"
TAG = {"tag": "yearly_2020", "date_beg": None, "date_end": None, "filetype": "filtered"}

Shown = tuple[Api, MapRecord, Path]


@pytest.fixture
async def shown(serve: Serve, tmp_path: Path) -> Shown:
    """Serve a coadd, and an observation that is none."""
    (archive := tmp_path / "archive").mkdir()
    record = make_map(archive, "coadd", shape=(300, 500), record=TAG)
    single = make_map(archive, "single", shape=(30, 50))
    api = await serve(sky_cache=tmp_path / "sky")
    await ingest_maps(api.engine.database, [record, single])
    return api, record, archive


async def test_the_coadds_are_layers_with_their_grid_and_levels(shown: Shown) -> None:
    api, record, _ = shown
    found = await api.document(SKY)
    (layer,) = found["layers"]
    assert (layer["id"], layer["tag"], layer["unit"]) == ("coadd", "yearly_2020", "mK")
    assert layer["wcs"] == record.wcs
    assert layer["levels"] == [
        {"factor": 2, "width": 250, "height": 150, "tiles_across": 1, "tiles_up": 1},
        {"factor": 1, "width": 500, "height": 300, "tiles_across": 2, "tiles_up": 2},
    ]
    etag = (await api.get(SKY)).headers["ETag"]
    assert (await api.get(SKY, headers={"If-None-Match": etag})).status == 304


async def test_a_tile_has_the_values_of_the_map(shown: Shown) -> None:
    api, record, archive = shown
    sci, wgt = pixels(archive, record)
    response = await api.get(f"{SKY}/coadd/1/1/0")
    assert response.headers["Content-Encoding"] == "gzip"
    values = np.frombuffer(await response.read(), "<f4").reshape(256, 256)
    expected = np.where(wgt > 0, sci, np.nan)[:256, 256:]
    np.testing.assert_array_equal(values[:, :244], expected)
    weights = await api.get(f"{SKY}/coadd/1/1/0?PLANE=WGT")
    found = np.frombuffer(await weights.read(), "<f4").reshape(256, 256)
    np.testing.assert_array_equal(found[20:, :244], wgt[20:256, 256:])


async def test_statistics_suggest_limits(shown: Shown) -> None:
    api, _, _ = shown
    found = await api.document(f"{SKY}/coadd")
    low, high = found["limits"]
    assert high - low == pytest.approx(8 * found["levels"][0]["rms"])
    assert found["levels"][1]["rms"] == pytest.approx(1, rel=0.1)


async def test_a_tile_is_kept_by_its_version_and_known_by_its_tag(shown: Shown) -> None:
    api, _, _ = shown
    version = (await api.document(SKY))["layers"][0]["version"]
    plain = await api.get(f"{SKY}/coadd/0/0/0")
    assert plain.headers["Cache-Control"] == "private, no-cache"
    kept = await api.get(f"{SKY}/coadd/0/0/0?VERSION={version}")
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Cache-Control"].startswith("private")
    tag = {"If-None-Match": kept.headers["ETag"]}
    assert (await api.get(f"{SKY}/coadd/0/0/0", headers=tag)).status == 304


async def test_a_tile_of_which_nothing_is_observed_is_empty(serve: Serve, tmp_path: Path) -> None:
    (archive := tmp_path / "archive").mkdir()
    record = make_map(archive, "coadd", shape=(30, 600), hole=(0, 0, 300, 30), record=TAG)
    api = await serve()
    await ingest_maps(api.engine.database, [record])
    assert (await api.get(f"{SKY}/coadd/2/0/0")).status == 204
    assert (await api.get(f"{SKY}/coadd/2/1/0")).status == 200


async def test_a_coadd_without_rows_and_columns_is_no_layer_and_says_why(
    serve: Serve, tmp_path: Path
) -> None:
    (archive := tmp_path / "archive").mkdir()
    numbers = {"wcs": {"NSIDE": 64, "ORDERING": "RING"}, "format": "healpix"}
    record = make_map(archive, "numbered", shape=(30, 50), record=TAG | numbers)
    api = await serve()
    await ingest_maps(api.engine.database, [record])
    assert (await api.document(SKY))["layers"] == []
    response = await api.get(f"{SKY}/numbered/0/0/0")
    assert response.status == 404
    assert "numbered has no pixels in rows and columns" in await response.text()


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("nothing", 404, "nothing"),
        ("single", 404, "single"),
        ("single/0/0/0", 404, "single"),
        ("coadd/2/0/0", 404, "level 2"),
        ("coadd/1/2/0", 404, "x is 0 to 1"),
        ("coadd/1/0/2", 404, "y is 0 to 1"),
        ("coadd/-1/0/0", 400, "LEVEL"),
        ("coadd/1/01/0", 400, "X"),
        ("coadd/1/0/1e3", 400, "Y"),
        ("coadd/0/0/0?PLANE=RMS", 400, "PLANE"),
        ("coadd/0/0/0?BAND=1", 400, "BAND"),
    ],
)
async def test_what_there_is_not_is_named(
    shown: Shown, address: str, status: int, words: str
) -> None:
    api, _, _ = shown
    response = await api.get(f"{SKY}/{address}")
    assert response.status == status
    assert words in await response.text()


async def test_nobody_else_sees_it(shown: Shown) -> None:
    api, _, _ = shown
    for address in (SKY, f"{SKY}/coadd", f"{SKY}/coadd/0/0/0"):
        assert (await api.get(address, user=None)).status == 401


async def test_many_who_ask_for_one_pack_wait_for_one_making_of_it(shown: Shown) -> None:
    api, _, _ = shown
    tiles = api.app[TILES]
    made = []
    build = tiles._builders._built

    async def counted(*arguments: object) -> None:
        made.append(arguments)
        await build(*arguments)  # type: ignore[arg-type]

    tiles._builders._built = counted  # type: ignore[method-assign, assignment]
    responses = await asyncio.gather(*(api.get(f"{SKY}/coadd/1/{x}/0") for x in (0, 1) * 5))
    assert {response.status for response in responses} == {200}
    assert len(made) == 1


async def test_a_map_that_cannot_be_read_is_an_error_that_names_it_and_tiles_come_again(
    shown: Shown,
) -> None:
    api, record, archive = shown
    away = archive / "away"
    (archive / record.path).rename(away)
    response = await api.get(f"{SKY}/coadd/0/0/0")
    assert response.status == 503
    assert "coadd cannot be shown" in await response.text()
    away.rename(archive / record.path)
    assert (await api.get(f"{SKY}/coadd/0/0/0")).status == 200


async def test_a_builder_that_dies_is_replaced(shown: Shown) -> None:
    api, _, _ = shown
    assert (await api.get(f"{SKY}/coadd/0/0/0")).status == 200
    (builder,) = api.app[TILES]._builders._idle
    await builder.close()
    assert (await api.get(f"{SKY}/coadd/1/0/0")).status == 503
    assert (await api.get(f"{SKY}/coadd/1/0/0")).status == 200


async def test_tiles_that_were_removed_are_made_again(shown: Shown, tmp_path: Path) -> None:
    api, _, _ = shown
    assert (await api.get(f"{SKY}/coadd/0/0/0")).status == 200
    for path in (tmp_path / "sky").iterdir():
        path.unlink()
    assert (await api.get(f"{SKY}/coadd/0/0/0")).status == 200


async def test_a_user_who_waits_for_too_many_is_refused_and_others_are_not(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _, _ = shown
    monkeypatch.setattr("sptapi.tiling.builders._MAX_WAITING", 2)
    responses = await asyncio.gather(
        *(api.get(f"{SKY}/coadd/1/0/0") for _ in range(6)),
        api.get(f"{SKY}/coadd/1/0/0", user="eve"),
    )
    statuses = [response.status for response in responses]
    assert statuses[-1] == 200
    assert set(statuses) == {200, 429}


async def test_another_file_under_the_same_name_has_another_version(shown: Shown) -> None:
    api, record, _ = shown
    before = (await api.document(SKY))["layers"][0]["version"]
    await ingest_maps(api.engine.database, [replace(record, sha256="1" * 64)])
    assert (await api.document(SKY))["layers"][0]["version"] != before
