"""What the catalogue keeps beside the records of maps."""

from dataclasses import replace
from pathlib import Path

import pytest

from sptjobs.maps.record import MapRecord
from sptjobs.store import measured_maps
from sptjobs.store.database import Database, connect
from sptjobs.store.maps import current_maps, ingest_maps, known_maps
from sptjobs.store.measured_maps import with_measurements
from sptjobs.store.migration import upgrade
from tests.support.small_maps import make_map


@pytest.fixture
def records(tmp_path: Path) -> list[MapRecord]:
    return [
        make_map(tmp_path, "a", shape=(60, 80), summed=True),
        make_map(tmp_path, "b", shape=(60, 80), summed=True, record={"band": "150GHz"}),
    ]


@pytest.fixture
async def url(empty_database_url: str) -> str:
    await upgrade(empty_database_url)
    return empty_database_url


async def sums(database: Database) -> list[str | None]:
    return [record.block_sums for record in await known_maps(database)]


async def test_sums_are_kept_and_read_only_where_they_are_needed(
    url: str, records: list[MapRecord]
) -> None:
    async with connect(url) as database:
        await ingest_maps(database, records)
        bare = [replace(record, block_sums=None, noise=None) for record in records]
        assert await current_maps(database) == bare
        assert list(await known_maps(database)) == records
        async with database.read() as connection:
            assert await with_measurements(connection, bare[1:]) == tuple(records[1:])
            assert await with_measurements(connection, []) == ()


@pytest.mark.parametrize("named", [0, 100])
async def test_a_few_maps_are_read_by_their_ids_and_many_by_what_they_have_in_common(
    url: str, records: list[MapRecord], monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr(measured_maps, "_NAMED", named)
    bare = [replace(record, block_sums=None, noise=None) for record in records]
    async with connect(url) as database:
        await ingest_maps(database, records)
        async with database.read() as connection:
            for chosen in ([0], [1], [1, 0], []):
                found = await with_measurements(connection, [bare[n] for n in chosen])
                assert list(found) == [records[n] for n in chosen]


async def test_sums_that_are_learnt_make_no_snapshot(url: str, records: list[MapRecord]) -> None:
    async with connect(url) as database:
        first = await ingest_maps(
            database, [replace(r, block_sums=None, noise=None) for r in records]
        )
        assert await sums(database) == [None, None]
        again = await ingest_maps(database, records)
        assert (again.snapshot, again.unchanged, again.replaced) == (first.snapshot, 2, 0)
        assert await sums(database) == [record.block_sums for record in records]


async def test_a_map_that_is_replaced_has_the_sums_of_its_new_file(
    url: str, records: list[MapRecord]
) -> None:
    async with connect(url) as database:
        await ingest_maps(database, records)
        new = replace(records[0], sha256="0" * 64, block_sums="65536:")
        summary = await ingest_maps(database, [new, records[1]])
        assert (summary.replaced, summary.unchanged) == (1, 1)
        assert await sums(database) == ["65536:", records[1].block_sums]
