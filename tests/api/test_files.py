"""A job's files: ranges, entity tags, the tar, the manifest, the index, the owner's alone."""

import asyncio
import hashlib
import io
import json
import tarfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from astropy.io import fits
from astropy.io.votable import parse_single_table

from sptapi.http.ranges import Span, UnsatisfiableRangeError, requested_span
from tests.api.conftest import JSON, Api
from tests.support.browsing import PAGE

Cut = Callable[..., Awaitable[dict[str, bytes]]]
STAMP = "J0000-5748/J0000-5748_90GHz_1_fltd.fits"


@pytest.fixture
async def done(api: Api, cut: Cut) -> tuple[str, str, dict[str, bytes]]:
    """Give a finished job, its folder of files, and what is in them."""
    path = await api.new_job(PHASE="RUN")
    contents = await cut(path)
    return path, f"/files/jobs/{path.rpartition('/')[2]}/out", contents


Done = tuple[str, str, dict[str, bytes]]


async def test_a_file_is_given_whole_with_its_checksum_as_entity_tag(api: Api, done: Done) -> None:
    _, out, contents = done
    response = await api.get(f"{out}/{STAMP}")
    assert response.status == 200
    assert await response.read() == contents[STAMP]
    assert response.headers["ETag"] == f'"{hashlib.sha256(contents[STAMP]).hexdigest()}"'
    assert response.headers["Content-Type"] == "application/fits"
    assert response.headers["Content-Disposition"].endswith('"J0000-5748_90GHz_1_fltd.fits"')
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    head = await api.call("HEAD", f"{out}/{STAMP}")
    assert head.headers["Content-Length"] == str(len(contents[STAMP]))
    assert head.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=10000-", 206, 10000, 10240),
        ("bytes=-40", 206, 10200, 10240),
        ("bytes=0-99999999", 206, 0, 10240),
        ("bytes=-99999999", 206, 0, 10240),
        ("bytes=10240-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=5-2", 200, 0, 10240),
        ("bytes=0-1,4-5", 200, 0, 10240),
        ("lines=1-2", 200, 0, 10240),
        ("nonsense", 200, 0, 10240),
    ],
)
async def test_ranges_follow_the_standard(
    api: Api, done: Done, asked: str, status: int, *, start: int, stop: int
) -> None:
    _, out, contents = done
    response = await api.get(f"{out}/{STAMP}", headers={"Range": asked})
    assert response.status == status
    assert await response.read() == contents[STAMP][start:stop]
    if status == 206:
        assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/10240"
    if status == 416:
        assert response.headers["Content-Range"] == "bytes */10240"


async def test_an_unchanged_file_is_not_sent_again(api: Api, done: Done) -> None:
    _, out, _ = done
    etag = (await api.get(f"{out}/{STAMP}")).headers["ETag"]
    for tag in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        response = await api.get(f"{out}/{STAMP}", headers={"If-None-Match": tag})
        assert (response.status, await response.read()) == (304, b"")
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert (await api.get(f"{out}/{STAMP}", headers=headers)).status == 200
    headers["If-Range"] = etag
    assert (await api.get(f"{out}/{STAMP}", headers=headers)).status == 206


async def test_the_tar_holds_every_file_and_can_be_resumed(api: Api, done: Done) -> None:
    path, out, contents = done
    result = next(r for r in (await api.document(path))["results"] if r["id"] == "result")
    redirected = await api.get(result["href"])
    assert redirected.status == 303
    response = await api.get(redirected.headers["Location"])
    body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)
    found = members(body)
    for name in ("manifest.json", "manifest.csv", "manifest.vot"):
        assert found.pop(name) == await (await api.get(f"{out}/{name}")).read()
    assert found == contents
    rest = await api.get(out + ".tar", headers={"Range": "bytes=5000-"})
    assert (rest.status, await rest.read()) == (206, body[5000:])
    head = await api.call("HEAD", out + ".tar")
    assert head.headers["Content-Length"] == str(len(body))


def members(body: bytes) -> dict[str, bytes]:
    """Contents by name below the one folder at the top."""
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        found = {m.name: handle.read() for m in tar if (handle := tar.extractfile(m)) is not None}
    assert len({name.partition("/")[0] for name in found}) == 1
    return {name.partition("/")[2]: content for name, content in found.items()}


@pytest.mark.parametrize(
    ("run_id", "name"),
    [
        ("winter sources", "winter-sources"),
        ("Été 2020: Ω", "Ete-2020"),
        ("../../etc", "etc"),
        ('a"b\\c', "a-b-c"),
        ("n" * 64, "n" * 64),
    ],
)
async def test_the_tar_bears_the_jobs_name_and_time(
    api: Api, cut: Cut, run_id: str, name: str
) -> None:
    path = await api.new_job(PHASE="RUN", RUNID=run_id)
    await cut(path)
    ended = datetime.fromisoformat((await api.document(path))["endTime"])
    response = await api.get(f"/files/jobs/{path.rpartition('/')[2]}/out.tar")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}.tar"'
    with tarfile.open(fileobj=io.BytesIO(await response.read())) as tar:
        assert {member.name.partition("/")[0] for member in tar} == {name}
        assert {member.mtime for member in tar} == {int(ended.timestamp())}


@pytest.mark.parametrize("run_id", [None, "Ω", "..."])
async def test_the_tar_of_a_job_without_a_name_is_called_by_its_day(
    api: Api, cut: Cut, run_id: str | None
) -> None:
    path = await api.new_job(PHASE="RUN", **({} if run_id is None else {"RUNID": run_id}))
    await cut(path)
    job = path.rpartition("/")[2]
    response = await api.get(f"/files/jobs/{job}/out.tar")
    day = (await api.document(path))["creationTime"][:10]
    assert response.headers["Content-Disposition"].endswith(f'"cutouts-{day}-{job[:8]}.tar"')


async def test_two_downloads_are_the_same_and_a_new_name_makes_another_tar(
    api: Api, done: Done
) -> None:
    path, out, _ = done
    first, second = [await api.get(out + ".tar") for _ in range(2)]
    assert await first.read() == await second.read()
    assert first.headers["ETag"] == second.headers["ETag"]
    await api.post(path, {"RUNID": "renamed"})
    renamed = await api.get(out + ".tar", headers={"If-None-Match": first.headers["ETag"]})
    assert renamed.status == 200
    assert int(renamed.headers["Content-Length"]) == len(await renamed.read())


async def test_gnu_tar_unpacks_the_tar_into_one_folder(api: Api, cut: Cut, tmp_path: Path) -> None:
    path = await api.new_job(PHASE="RUN", RUNID="mine")
    contents = await cut(path)
    body = await (await api.get(f"/files/jobs/{path.rpartition('/')[2]}/out.tar")).read()
    place = tmp_path / "unpacked"
    place.mkdir()
    unpacking = await asyncio.create_subprocess_exec(
        "tar", "-x", "-C", place, stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await unpacking.communicate(body)
    assert (unpacking.returncode, said) == (0, b"")
    (top,) = place.iterdir()
    assert top.name == "mine"
    for name, content in contents.items():
        assert (top / name).read_bytes() == content
    assert json.loads((top / "manifest.json").read_text("utf-8"))["run_id"] == "mine"


async def test_the_manifest_comes_in_three_forms(api: Api, done: Done) -> None:
    path, out, contents = done
    manifest = json.loads(await (await api.get(f"{out}/manifest.json")).read())
    assert manifest["job"] == path.rpartition("/")[2]
    assert manifest["phase"] == "COMPLETED"
    assert {row["file"]: row["sha256"] for row in manifest["rows"]} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in contents.items()
        if name.endswith(".fits")
    }
    csv = await (await api.get(f"{out}/manifest.csv")).text()
    assert len(csv.splitlines()) == 3
    votable = await (await api.get(f"{out}/manifest.vot")).read()
    assert len(parse_single_table(io.BytesIO(votable)).array) == 2
    redirected = await api.get(path + "/results/manifest")
    assert redirected.headers["Location"] == f"{api.base}{out}/manifest.json"


async def test_light_curves_come_in_five_forms_for_all_targets_or_one(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN", PRODUCTS="fits,lightcurve", DATE_START="2020-01-01")
    await cut(path)
    out = f"/files/jobs/{path.rpartition('/')[2]}/out"
    index = await api.document(out + "/")
    assert index["lightcurves"] == [
        "lightcurve.vot", "lightcurve.fits", "lightcurve.csv", "lightcurve.json",
        "lightcurve.parquet",
    ]  # fmt: skip
    page = await (await api.get(out + "/", headers=PAGE)).text()
    assert all(f'href="./{name}"' in page for name in index["lightcurves"])
    results = (await api.document(path))["results"]
    assert [each["id"] for each in results] == ["result", "manifest", "lightcurve"]

    votable = await (await api.get(f"{out}/lightcurve.vot")).read()
    assert list(parse_single_table(io.BytesIO(votable)).to_table()["value"]) == [1.5, -2.5]
    content = await (await api.get(f"{out}/lightcurve.fits")).read()
    assert list(fits.getdata(io.BytesIO(content), 1)["objid"]) == ["J0000-5748", "J0001-5748"]
    content = await (await api.get(f"{out}/lightcurve.parquet")).read()
    assert (content[:4], content[-4:]) == (b"PAR1", b"PAR1")
    csv = await (await api.get(f"{out}/lightcurve.csv?target=J0001-5748")).text()
    assert [line.split(",")[1] for line in csv.splitlines()] == ["objid", "J0001-5748"]
    rows = (await api.document(f"{out}/lightcurve.json"))["rows"]
    assert [row["mjd"] for row in rows] == [58850.25, 58850.25]


async def test_a_target_that_the_job_does_not_have_is_named_and_one_without_points_is_not_it(
    api: Api, cut: Cut
) -> None:
    path = await api.new_job(
        PHASE="RUN", PRODUCTS="lightcurve", DATE_START="2020-01-01", OBJID="SN2019esa"
    )
    await cut(path)
    curves = f"/files/jobs/{path.rpartition('/')[2]}/out/lightcurve"
    for name in ("sn2019esa", "", "x" * 300):
        reply = await api.get(f"{curves}.json?TARGET={name}", headers=JSON)
        assert reply.status == 404
        detail = (await reply.json())["detail"]
        assert detail == f"TARGET: the job has no target {name[:200]!r}"
    assert (await api.document(f"{curves}.json?TARGET=SN2019esa"))["rows"] == []
    csv = await (await api.get(f"{curves}.csv?target=SN2019esa")).text()
    assert len(csv.splitlines()) == 1


async def test_an_unchanged_table_is_not_sent_again_and_each_has_a_tag_of_its_own(
    api: Api, cut: Cut
) -> None:
    path = await api.new_job(PHASE="RUN", PRODUCTS="fits,lightcurve", DATE_START="2020-01-01")
    await cut(path)
    out = f"/files/jobs/{path.rpartition('/')[2]}/out"
    tables = [f"manifest.{form}" for form in ("json", "csv", "vot")]
    tables += [f"lightcurve.{form}" for form in ("vot", "fits", "csv", "json", "parquet")]
    tables += [f"lightcurve.csv?TARGET={name}" for name in ("J0000-5748", "J0001-5748")]
    tags = {}
    for table in tables:
        reply = await api.get(f"{out}/{table}")
        tags[table] = reply.headers["ETag"]
        assert reply.headers["Cache-Control"] == "private, no-cache"
        again = await api.get(f"{out}/{table}", headers={"If-None-Match": tags[table]})
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == tags[table]
        assert (await api.call("HEAD", f"{out}/{table}")).headers["ETag"] == tags[table]
    assert len(set(tags.values())) == len(tables)
    # What the table says of the job is changed: so is the table.
    await api.post(path, {"RUNID": "another name"})
    for table in ("manifest.json", "lightcurve.vot"):
        changed = await api.get(f"{out}/{table}", headers={"If-None-Match": tags[table]})
        assert changed.status == 200
        assert "another name" in await changed.text()


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("*/*", "lightcurve.vot"), ("application/fits", "lightcurve.fits"),
        ("text/csv", "lightcurve.csv"), ("application/json", "lightcurve.json"),
        ("application/vnd.apache.parquet", "lightcurve.parquet"),
    ],
)  # fmt: skip
async def test_the_result_is_sent_on_to_the_form_that_is_wanted(
    api: Api, cut: Cut, accept: str, name: str
) -> None:
    path = await api.new_job(PHASE="RUN", PRODUCTS="lightcurve", DATE_START="2020-01-01")
    await cut(path)
    reply = await api.get(path + "/results/lightcurve", headers={"Accept": accept})
    assert reply.status == 303
    assert reply.headers["Location"].endswith(f"/out/{name}")
    assert (await api.get(reply.headers["Location"], user="eve")).status == 404


async def test_a_job_without_light_curves_has_no_table_of_them(api: Api, done: Done) -> None:
    path, out, _ = done
    assert (await api.document(out + "/"))["lightcurves"] == []
    assert (await api.get(f"{out}/lightcurve.csv")).status == 404
    assert (await api.get(path + "/results/lightcurve")).status == 404


async def test_a_folder_is_listed_as_json_and_as_a_page(api: Api, done: Done) -> None:
    _, out, contents = done
    top = await api.document(out + "/")
    assert top["folders"] == ["J0000-5748"]
    assert [each["name"] for each in top["files"]] == ["request.json"]
    assert top["manifests"] == ["manifest.json", "manifest.csv", "manifest.vot"]
    below = await api.document(out + "/J0000-5748/")
    assert {each["name"]: each["size"] for each in below["files"]} == {
        name: len(content) for name, content in contents.items() if name.startswith("J")
    }
    for each in below["files"]:
        assert (await api.get(each["href"])).status == 200
    page = await api.get(out + "/J0000-5748/", headers=PAGE)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert 'href="./J0000-5748_90GHz_1_fltd.fits"' in await page.text()
    moved = await api.get(out + "/J0000-5748")
    assert moved.headers["Location"] == f"{api.base}{out}/J0000-5748/"
    assert (await api.document(out + "/?product=preview"))["files"] == []


@pytest.mark.parametrize(
    "name", ["no.fits", "..%2f..%2fpack.tar", "%2e%2e/%2e%2e/etc/passwd", "a%00b", '"', "J0000"]
)
async def test_only_what_the_packs_name_is_served(api: Api, done: Done, name: str) -> None:
    assert (await api.get(f"{done[1]}/{name}")).status == 404


async def test_files_are_the_owners_and_the_operators(api: Api, done: Done) -> None:
    _, out, _ = done
    for address in (f"{out}/{STAMP}", out + ".tar", out + "/", out + "/manifest.csv"):
        assert (await api.get(address, user="eve")).status == 404
        assert (await api.get(address, user="root")).status == 200
        assert (await api.get(address, user=None)).status == 401


async def test_a_job_without_packs_has_no_files(api: Api) -> None:
    path = await api.new_job()
    out = f"/files/jobs/{path.rpartition('/')[2]}/out"
    for address in (out + "/", out + ".tar", out + "/manifest.json"):
        assert (await api.get(address)).status == 404


async def test_results_survive_nothing_but_the_deletion(api: Api, done: Done) -> None:
    path, out, _ = done
    await api.call("DELETE", path)
    assert (await api.get(f"{out}/{STAMP}")).status == 404


def test_a_span_lies_within_the_file_or_is_refused() -> None:
    assert requested_span("bytes=0-0", 1) == Span(0, 1)
    assert requested_span(None, 5) is None
    for asked in ("bytes=0-", "bytes=-1"):
        with pytest.raises(UnsatisfiableRangeError):
            requested_span(asked, 0)


@pytest.mark.parametrize("product", ["mosaic", "stack"])
async def test_mosaics_and_stacks_are_results_of_their_own(
    api: Api, cut: Cut, product: str
) -> None:
    path = await api.new_job(PHASE="RUN", PRODUCTS=f"fits,{product}", PROJECTION="TAN")
    await cut(path)
    results = (await api.document(path))["results"]
    assert [each["id"] for each in results] == ["result", "manifest", f"{product}s"]
    sent = await api.get(f"{path}/results/{product}s")
    assert sent.headers["Location"].endswith(f"/out/?PRODUCT={product}")
    assert (await api.get(sent.headers["Location"].removeprefix(api.base))).status == 200


async def test_cubes_animations_and_colour_pictures_are_results_of_their_own(
    api: Api, cut: Cut
) -> None:
    asked = {"PRODUCTS": "cube,animation,colour", "DATE_START": "2020-01-01"}
    path = await api.new_job(PHASE="RUN", **asked)
    await cut(path)
    results = (await api.document(path))["results"]
    ids = ["result", "manifest", "cubes", "animations", "colours"]
    assert [each["id"] for each in results] == ids
    for name in ids[2:]:
        sent = await api.get(f"{path}/results/{name}")
        assert sent.headers["Location"].endswith(f"/out/?PRODUCT={name.removesuffix('s')}")
        assert (await api.get(sent.headers["Location"].removeprefix(api.base))).status == 200


async def test_coadds_and_differences_are_results_of_their_own(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN", PRODUCTS="fits,coadd,difference", DATE_START="2020-01-01")
    await cut(path)
    results = (await api.document(path))["results"]
    assert [each["id"] for each in results] == ["result", "manifest", "coadds", "differences"]
    sent = await api.get(path + "/results/coadds")
    job_id = path.rpartition("/")[2]
    assert sent.headers["Location"] == f"{api.base}/files/jobs/{job_id}/out/?PRODUCT=coadd"
    assert (await api.get(sent.headers["Location"].removeprefix(api.base))).status == 200
