"""What there is in the archive, and what users should know now."""

from dataclasses import replace
from pathlib import Path

import pytest

from sptjobs.broker.slot_board import SLOTS_KEY
from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api, Serve
from tests.api.test_service import RECORD


async def test_the_summary_tells_what_there_is_by_band_file_type_and_tag(
    api: Api, tiny_maps: list[MapRecord]
) -> None:
    await ingest_maps(api.engine.database, tiny_maps)
    found = await api.document("/api/v1/maps/summary")
    assert found["maps"] == len(tiny_maps) == sum(each["maps"] for each in found["groups"])
    assert found["limits"] == {"targets": 100_000, "size_min": 0.25, "size_max": 120.0}
    assert list(dict.fromkeys(each["band"] for each in found["groups"])) == [
        "90GHz", "150GHz", "220GHz",
    ]  # fmt: skip
    single = found["groups"][0]
    assert (single["tag"], single["first"], single["last"]) == (None, "2020-03-23", "2020-03-23")
    assert single["pixel_scale"] == 0.25
    assert single["has_grid"] is True
    assert single["pol_states"] == ["I"]
    (coadd,) = found["coadds"]
    assert (coadd["tag"], coadd["bands"]) == ("yearly_winter_2020", ["90GHz", "150GHz", "220GHz"])


async def test_a_unit_that_differs_within_a_group_is_not_stated(api: Api) -> None:
    other = replace(RECORD, map_id="2", sha256="1" * 64, unit="K", date_beg="2021-01-01T00:00:00")
    await ingest_maps(api.engine.database, [RECORD, other])
    (group,) = (await api.document("/api/v1/maps/summary"))["groups"]
    assert (group["unit"], group["beam"], group["maps"]) == (None, 1.6, 2)
    assert (group["first"], group["last"]) == ("2020-04-01", "2021-01-01")


async def test_footprints_are_one_for_each_field_and_known_by_their_snapshot(api: Api) -> None:
    shape = (((5.0, -57.0), (6.0, -57.0), (6.0, -56.0)),)
    maps = [RECORD] + [
        replace(RECORD, map_id=f"m{n}", sha256=f"{n}" * 64, footprint=shape) for n in (1, 2)
    ]
    await ingest_maps(api.engine.database, maps)
    address = "/api/v1/maps/footprints"
    (shown,) = (await api.document(address))["footprints"]
    assert (shown["band"], shown["maps"]) == ("90GHz", 3)
    assert shown["polygons"] == [[[5.0, -57.0], [6.0, -57.0], [6.0, -56.0]]]
    etag = (await api.get(address)).headers["ETag"]
    assert (await api.get(address, headers={"If-None-Match": etag})).status == 304
    await ingest_maps(api.engine.database, [RECORD])
    assert (await api.get(address, headers={"If-None-Match": etag})).status == 200


async def test_an_empty_archive_has_an_empty_summary(api: Api) -> None:
    found = await api.document("/api/v1/maps/summary")
    assert (found["groups"], found["coadds"], found["snapshot"]) == ([], [], "0-empty")
    assert (await api.document("/api/v1/maps/footprints"))["footprints"] == []


async def test_the_status_tells_of_maintenance_and_shortages_without_signing_in(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    banner = tmp_path / "banner.txt"
    api = await serve(banner=banner, min_free_bytes=1 << 60)
    monkeypatch.setattr("sptapi.services.health._FRESH_S", 0.0)

    async def status() -> dict[str, object]:
        response = await api.get("/api/v1/status", user=None)
        assert response.status == 200
        document: dict[str, object] = await response.json()
        return document

    calm = await status()
    assert (calm["ok"], calm["maintenance"]) == (True, None)
    assert list(calm["shortages"]) == ["disk"]  # type: ignore[call-overload]
    banner.write_text("Down on Tuesday.\n")
    current = await status()
    assert current["maintenance"]["message"] == "Down on Tuesday."  # type: ignore[index]
    banner.write_text(" \n")
    assert (await status())["maintenance"] is None


async def test_a_part_that_does_not_respond_is_reported_with_200(serve: Serve) -> None:
    lost = await serve(broker_url="unix:///nowhere/broker.sock")
    response = await lost.get("/api/v1/status", user=None)
    document = await response.json()
    assert (response.status, document["ok"]) == (200, False)
    assert "broker" in document["shortages"]
    (notice,) = document["notices"]
    assert (notice["part"], notice["jobs"]) == ("broker", "wait")


async def test_missing_workers_are_stated_with_the_time_since_when_until_they_are_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.services.health._FRESH_S", 0.0)

    async def current() -> list[dict[str, str]]:
        document = await (await api.get("/api/v1/status", user=None)).json()
        found: list[dict[str, str]] = document["notices"]
        return found

    (first,) = await current()
    assert (first["part"], first["jobs"]) == ("workers", "wait")
    assert await current() == [first]
    client = api.engine.wakeups.client
    seconds, _ = await client.time()
    await client.zadd(SLOTS_KEY, {"somebody:0": seconds + 10})
    assert await current() == []
    await client.delete(SLOTS_KEY)
    (again,) = await current()
    assert again["since"] >= first["since"]
