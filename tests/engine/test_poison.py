"""Targets that really kill, hang or fill a cutting child end alone, with the true reason."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.engine.claims import MAX_STRIKES
from sptjobs.engine.engine import Engine
from sptjobs.execution.child.child_process import TEMPLATE
from sptjobs.execution.executor import open_executor
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import part
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.test_executor import outcomes, read, submit

pytestmark = pytest.mark.any_database

POISONS = {
    "crash": "killed by SIGSEGV",
    "spin": "made no progress for 2 s",
    "hoard": "needs more memory than a cutting process may take",
}
"""Name of a target, and what must be said of it."""

VENOM = """
import ctypes, os, sys
if "sptjobs.execution.child.main" in sys.orig_argv:
    from sptjobs.cutouts import cut, map_cutting
    from sptjobs.cutouts.plan import pairing

    opened = cut.open_map
    poisoned_maps = dict(each.split("=") for each in os.environ["POISONED_MAPS"].split())

    def poisoned_map(archive, record, needs):
        effects.get(poisoned_maps.get(record.map_id), int)()
        return opened(archive, record, needs)

    cut.open_map = poisoned_map

    def hoard():
        kept = []
        while True:
            kept.append(bytearray(b"x" * (64 << 20)))

    def spin():
        while True:
            pass

    effects = {
        "crash": lambda: ctypes.string_at(0),
        "hoard": hoard,
        "spin": spin,
    }
    made_all, table = map_cutting.MapCutting.made_all, pairing.TargetTable.__init__

    def poisoned(self, pairs):
        for pair in pairs:
            effects.get(self._part.targets[pair.target].objid, int)()
        return made_all(self, pairs)

    def poisoned_plan(self, targets):
        effects.get(targets[0].objid.removeprefix("plan-"), int)()
        table(self, targets)

    map_cutting.MapCutting.made_all = poisoned
    if os.environ["POISONED"] == "planning":
        pairing.TargetTable.__init__ = poisoned_plan
"""
"""Python runs this as it starts: what some targets do to the process that cuts them."""


@pytest.fixture
def poisoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Poison the cutting, or the planning, of all children that start from now on."""

    def poison(step: str, maps: str = "") -> None:
        (tmp_path / "venom").mkdir()
        (tmp_path / "venom/sitecustomize.py").write_text(VENOM)
        before = os.environ.get("PYTHONPATH")
        paths = [str(tmp_path / "venom"), *([before] if before else [])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
        monkeypatch.setenv("POISONED", step)
        monkeypatch.setenv("POISONED_MAPS", maps)
        # The next is started in this environment.
        TEMPLATE.end()

    yield poison
    TEMPLATE.end()


@pytest.fixture
async def careful(engine: Engine, tiny_archive: Path, tiny_maps: list[MapRecord]) -> Engine:
    """An engine of one target a part, of two slots, with short timeouts and little memory."""
    record = next(each for each in tiny_maps if each.filetype == "filtered" and each.tag)
    await ingest_maps(engine.database, [record])
    settings = replace(
        engine.settings,
        archive=tiny_archive,
        slots=1,
        part_s=0.02,
        stall_s=2.0,
        child_memory_bytes=700 << 20,
    )
    return replace(engine, settings=settings)


async def worked_off(engine: Engine, request: CutoutRequest) -> str:
    job_id = await submit(engine, request)
    async with open_executor(engine, "test") as executor:
        async with asyncio.timeout(900):
            while (await read(engine, job_id)).phase not in {"COMPLETED", "ERROR"}:
                await asyncio.gather(executor.work(), executor.work())
    return job_id


async def test_a_part_that_kills_its_child_three_times_fails_alone_with_signal_memory_or_time(
    careful: Engine, poisoned: Callable[..., None]
) -> None:
    poisoned("cutting")
    names = ["good-1", *POISONS, "good-2", "good-3"]
    targets = tuple(Target(name, 0.05 * n, -57.5, 5.0, 5.0) for n, name in enumerate(names))
    wanted = CutoutRequest(
        targets, filetypes=("filtered",), projection=Projection.TAN, order=Order.ADAPTIVE
    )
    job_id = await worked_off(careful, wanted)
    found = await read(careful, job_id)
    assert found.phase is ExecutionPhase.COMPLETED
    rows = {row.objid: row for row in await outcomes(careful, job_id)}
    assert {row.status for name, row in rows.items() if name not in POISONS} == {"ok"}
    for name, reason in POISONS.items():
        assert rows[name].status == "failed"
        assert reason in (rows[name].reason or "")
    assert found.outcomes.failed == len(POISONS)
    async with careful.database.read() as connection:
        strikes = (await connection.execute(sa.select(part.c.strikes))).scalars().all()
    # Memory is refused by the child itself: trying again would end in the same way.
    # At the third death only the map is given up, and the part is done without it.
    assert sorted(strikes) == [0] * 5 + [MAX_STRIKES - 1] * 2


@pytest.mark.parametrize(
    ("part_s", "poisons"),
    [(0.02, ["crash", "spin"]), (60.0, ["crash", "crash"])],
    ids=["several parts", "cut with the plan"],
)
async def test_maps_that_kill_or_hang_the_child_fail_their_own_pairs_only(
    careful: Engine,
    tiny_maps: list[MapRecord],
    poisoned: Callable[..., None],
    part_s: float,
    poisons: list[str],
) -> None:
    chosen = [each for each in tiny_maps if each.filetype == "filtered" and each.tag][:3]
    await ingest_maps(careful.database, chosen)
    engine = replace(careful, settings=replace(careful.settings, part_s=part_s))
    bad = dict(zip((record.map_id for record in chosen), poisons, strict=False))
    poisoned("cutting", " ".join(f"{map_id}={poison}" for map_id, poison in bad.items()))
    targets = tuple(Target(f"t{n}", 0.05 * n, -57.5, 5.0, 5.0) for n in range(2))
    wanted = CutoutRequest(targets, filetypes=("filtered",))
    job_id = await worked_off(engine, wanted)
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED
    rows = await outcomes(engine, job_id)
    assert len(rows) == len(chosen) * len(targets)
    for row in rows:
        assert row.status == ("failed" if row.map_id in bad else "ok"), row
        if row.map_id in bad:
            assert POISONS[bad[row.map_id]] in (row.reason or "")


@pytest.mark.parametrize("poison", ["crash", "hoard"])
async def test_planning_that_kills_its_child_takes_the_job_to_error_with_the_reason(
    careful: Engine, poisoned: Callable[..., None], poison: str
) -> None:
    poisoned("planning")
    targets = (Target(f"plan-{poison}", 0.0, -57.5, 5.0, 5.0),)
    job_id = await worked_off(careful, CutoutRequest(targets, filetypes=("filtered",)))
    found = await read(careful, job_id)
    assert found.phase is ExecutionPhase.ERROR
    assert found.error is not None
    assert POISONS[poison] in found.error.message
