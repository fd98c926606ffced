"""A job of which a pack is lost: the rest is served, what is missing is named, operators hear."""

import csv
import io
import json
import logging
import shutil
import tarfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from astropy.io import fits
from astropy.io.votable import parse
from prometheus_client import REGISTRY

from sptjobs.packs.writer import PackWriter
from sptjobs.store.schema import pack as pack_table
from tests.api.conftest import JOBS, JSON, Api

Cut = Callable[..., Awaitable[dict[str, bytes]]]
Lose = Callable[[Path], None]
KEPT = "J0000-5748/J0000-5748_90GHz_1_fltd.fits"
LOST = "J0001-5748/J0001-5748_90GHz_1_fltd.fits"


def without_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def without_tar(folder: Path) -> None:
    (folder / "pack.tar").unlink()


def cut_short(folder: Path) -> None:
    content = (folder / "pack.tar").read_bytes()
    (folder / "pack.tar").write_bytes(content[:-512])


def without_index(folder: Path) -> None:
    (folder / "files.jsonl").unlink()


def without_rows(folder: Path) -> None:
    (folder / "outcomes.jsonl").unlink()


LOSSES = [without_folder, without_tar, cut_short, without_index, without_rows]


@dataclass
class Made:
    """A finished job of two parts: its path, its files, and the folder of the second part."""

    path: str
    out: str
    second: Path


@pytest.fixture
async def made(api: Api, cut: Cut) -> Made:
    return await two_parts(api, cut)


async def two_parts(api: Api, cut: Cut, **parameters: str) -> Made:
    path = await api.new_job(PHASE="RUN", RUNID="mine", **parameters)
    await cut(path)
    job_id = path.rpartition("/")[2]
    folder = f"{job_id}/1-1-abc"
    with PackWriter(api.settings.results / folder) as pack:
        pack.add_file(LOST, b"x" * 5000, "application/fits", "fits")
        pack.write_points(())
    row = {"job_id": job_id, "part": 1, "folder": folder, "files": 1}
    async with api.engine.database.write() as connection:
        values = row | {"size_bytes": pack.size_bytes}
        await connection.execute(sa.insert(pack_table).values(values))
    return Made(path, f"/files/jobs/{job_id}/out", api.settings.results / folder)


async def names(api: Api, made: Made) -> set[str]:
    response = await api.get(made.out + ".tar")
    assert response.status == 200, await response.text()
    body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return set(tar.getnames())


@pytest.mark.parametrize("lose", LOSSES)
async def test_the_tar_holds_what_is_left_and_names_what_is_missing(
    api: Api, made: Made, lose: Lose
) -> None:
    whole = await api.get(made.out + ".tar")
    assert f"mine/{LOST}" in await names(api, made)
    assert "X-Lost-Parts" not in whole.headers
    lose(made.second)
    left = await names(api, made)
    assert f"mine/{KEPT}" in left
    assert f"mine/{LOST}" not in left
    tag = {"If-None-Match": whole.headers["ETag"]}
    response = await api.get(made.out + ".tar", headers=tag)
    assert (response.status, response.headers["X-Lost-Parts"]) == (200, "1")


@pytest.mark.parametrize("lose", LOSSES)
async def test_a_file_that_is_lost_is_gone_and_the_others_are_served(
    api: Api, made: Made, lose: Lose
) -> None:
    assert (await api.get(f"{made.out}/{LOST}")).status == 200
    lose(made.second)
    assert (await api.get(f"{made.out}/{KEPT}")).status == 200
    assert (await api.get(f"{made.out}/request.json")).status == 200
    if lose not in {without_folder, without_tar}:
        return  # the file itself is there, and where it is, is remembered
    gone = await api.get(f"{made.out}/{LOST}", headers=JSON)
    assert gone.status == 410
    problem = (await gone.json())["detail"]
    assert "part 1" in problem
    assert f"RETRY_OF={made.path.rpartition('/')[2]}" in problem
    assert "Retry-After" not in gone.headers


async def curves(api: Api, made: Made) -> dict[str, Any]:
    """What each form of the light curves says of lost parts."""
    forms = {}
    for form in ("json", "vot", "fits", "csv"):
        response = await api.get(f"{made.out}/lightcurve.{form}")
        assert response.status == 200, form
        forms[form] = await response.read()
        assert response.headers.get("X-Lost-Parts", "") in {"", "1"}
    document, votable = json.loads(forms["json"]), parse(io.BytesIO(forms["vot"]))
    infos = {info.name: info.value for info in votable.resources[0].infos}
    with fits.open(io.BytesIO(forms["fits"])) as table:
        table.verify("exception")
        cards = {name: table[1].header.get(name) for name in ("NLOST", "LOST0", "LOST1")}
        assert len(table[1].data) == len(document["rows"]) == 2
    rows = list(csv.DictReader(io.StringIO(forms["csv"].decode())))
    assert sum(row["status"] == "ok" for row in rows) == 2
    return {
        "csv": [row["reason"][:23] for row in rows if row["status"] == "lost"],
        "json": (document.get("lost_parts"), document.get("lost_files")),
        "vot": (infos.get("lost_parts"), infos.get("lost_files")),
        "fits": tuple(cards.values()),
    }


@pytest.mark.parametrize("lose", [without_folder, cut_short])
async def test_light_curves_name_the_parts_that_they_miss(api: Api, cut: Cut, lose: Lose) -> None:
    product = {"PRODUCTS": "fits,lightcurve", "DATE_START": "2020-01-01"}
    made = await two_parts(api, cut, **product)
    whole = {"csv": [], "json": (None, None), "vot": (None, None), "fits": (None, None, None)}
    assert await curves(api, made) == whole
    lose(made.second)
    lost = {
        "csv": ["the files of part 1 of "],
        "json": ([1], 1),
        "vot": ("[1]", "1"),
        "fits": (1, 1, None),
    }
    assert await curves(api, made) == lost


@pytest.mark.parametrize("lose", LOSSES)
async def test_tables_and_lists_are_those_of_what_is_left(api: Api, made: Made, lose: Lose) -> None:
    lose(made.second)
    for address in ("/", "/manifest.json", "/manifest.csv", "/manifest.vot"):
        response = await api.get(made.out + address, headers=JSON)
        assert (response.status, response.headers["X-Lost-Parts"]) == (200, "1"), address
    manifest = json.loads(await (await api.get(f"{made.out}/manifest.json")).read())
    assert (manifest["lost_parts"], manifest["lost_files"]) == ([1], 1)
    assert len(manifest["rows"]) == 2
    rows = await api.get(f"{made.path}/targets", headers=JSON)
    assert (rows.status, rows.headers["X-Lost-Parts"]) == (200, "1")
    selected = await api.get(f"{made.out}.tar?PATH=J0000-5748/")
    assert (selected.status, selected.headers["X-Lost-Parts"]) == (200, "1")
    assert (await api.get(f"{made.out}.tar?PATH=J0001-5748/")).status == 410


async def test_operators_hear_of_a_lost_pack_once(
    api: Api, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("sptapi_lost_packs_total") or 0

    before = counted()
    without_folder(made.second)
    for _ in range(3):
        await api.get(made.out + ".tar")
    errors = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert made.second.name in errors[0]
    assert counted() == before + 1


async def test_what_is_lost_can_be_made_again(api: Api, made: Made) -> None:
    job_id = made.path.rpartition("/")[2]
    nothing = await api.post(JOBS, {"RETRY_OF": job_id})
    assert nothing.status == 400
    for folder in (made.second, made.second.with_name("0-1-abc")):
        without_folder(folder)
    (api.settings.results / "another").mkdir()
    again = await api.post(JOBS, {"RETRY_OF": job_id})
    assert again.status == 303, await again.text()


@pytest.mark.parametrize("address", [".tar", "/manifest.json", "/", f"/{KEPT}"])
async def test_a_job_that_lost_everything_is_gone_and_one_whose_disk_is_away_is_unavailable(
    api: Api, made: Made, address: str
) -> None:
    for folder in (made.second, made.second.with_name("0-1-abc")):
        without_folder(folder)
    assert (await api.get(made.out + address)).status == 410
    for left in api.settings.results.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    assert (await api.get(made.out + address)).status == 503
