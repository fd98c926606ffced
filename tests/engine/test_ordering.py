"""Orders name the newest snapshot and its maps, which are read once for each snapshot."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import delete_job
from sptjobs.execution import ordering
from sptjobs.execution.child.orders import PlanOrder
from sptjobs.execution.ordering import make_order
from sptjobs.maps.record import MapRecord
from sptjobs.store import kept_maps
from sptjobs.store.maps import current_snapshot, ingest_maps, read_request_and_snapshot
from sptjobs.uws.errors import UnknownJobError
from tests.engine.conftest import MakeJob
from tests.engine.test_small_job_statements import statements
from tests.support.small_maps import make_map


def coadd(folder: Path, name: str, **fields: Any) -> MapRecord:
    about = {"obsid": None, "tag": name, "filetype": "filtered"} | fields
    return make_map(folder, name, shape=(60, 80), summed=True, record=about)


async def order_of(engine: Engine, make_job: MakeJob) -> tuple[PlanOrder, str | None, int]:
    """Order a new job; with the number of statements that it took."""
    await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    with statements(engine.database.reader) as executed:
        order, snapshot = await make_order(engine, taken)
    assert isinstance(order, PlanOrder)
    return order, snapshot, len(executed)


async def test_an_order_names_the_maps_of_the_newest_snapshot_and_what_was_measured_of_them(
    engine: Engine, make_job: MakeJob, tmp_path: Path
) -> None:
    empty, snapshot, _ = await order_of(engine, make_job)
    assert (empty.maps, snapshot) == ((), "0-empty")
    first, second = coadd(tmp_path, "a"), coadd(tmp_path, "b", band="150GHz")
    await ingest_maps(engine.database, [first])
    order, snapshot, _ = await order_of(engine, make_job)
    assert snapshot == order.snapshot == await current_snapshot(engine.database)
    assert order.maps == (first,)
    await ingest_maps(engine.database, [first, second])
    order, snapshot, _ = await order_of(engine, make_job)
    assert (order.maps, snapshot) == ((first, second), await current_snapshot(engine.database))
    await ingest_maps(engine.database, [second])
    assert (await order_of(engine, make_job))[0].maps == (second,)


async def test_the_second_order_of_a_snapshot_takes_two_statements_and_has_newer_measurements(
    engine: Engine, make_job: MakeJob, tmp_path: Path
) -> None:
    record = coadd(tmp_path, "a")
    await ingest_maps(engine.database, [replace(record, block_sums=None, noise=None)])
    order, _, count = await order_of(engine, make_job)
    assert (count, order.maps[0].block_sums) == (3, None)
    await ingest_maps(engine.database, [record])
    order, _, count = await order_of(engine, make_job)
    assert (count, order.maps) == (2, (record,))


@pytest.mark.parametrize("named", [False, True])
async def test_an_order_keeps_to_its_snapshot_whatever_is_ingested_meanwhile(
    engine: Engine,
    make_job: MakeJob,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: bool,
) -> None:
    old = coadd(tmp_path, "a", band="90GHz")
    new = replace(old, sha256="0" * 64, block_sums=None)
    await ingest_maps(engine.database, [old])
    before, read = await current_snapshot(engine.database), read_request_and_snapshot

    async def then_ingest(connection: Any, job_id: str) -> Any:
        text, snapshot = await read(connection, job_id) or ("", "")
        await ingest_maps(engine.database, [new, coadd(tmp_path, "b", band="90GHz")])
        return json.dumps(json.loads(text) | ({"map_ids": ["a"]} if named else {})), snapshot

    monkeypatch.setattr(ordering, "read_request_and_snapshot", then_ingest)
    order, snapshot, _ = await order_of(engine, make_job)
    # What was measured of it is not known any more; of the other one it would be wrong.
    assert order.maps == (replace(old, block_sums=None, noise=None),)
    assert snapshot == order.snapshot == before


async def test_only_so_many_maps_are_kept(
    engine: Engine, make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_maps, "MOST_MAPS", 1)
    records = [coadd(tmp_path, name, band=band) for name, band in (("a", "90GHz"), ("b", "150GHz"))]
    await ingest_maps(engine.database, records)
    for _ in range(2):
        order, _, count = await order_of(engine, make_job)
        assert (count, order.maps) == (3, tuple(records))


async def test_there_is_no_order_for_a_job_that_was_deleted(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    await delete_job(engine, made.job_id)
    with pytest.raises(UnknownJobError, match="deleted"):
        await make_order(engine, taken)
