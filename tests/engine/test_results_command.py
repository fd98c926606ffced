"""``sptjobs results``: an operator's word on what no sweep removes."""

import argparse
import asyncio
import shutil
from collections.abc import Callable

import pytest

from sptjobs.commands.results_command import add_arguments, run
from sptjobs.control.orphans import Swept, sweep_orphans
from sptjobs.engine.engine import Engine
from sptjobs.engine.results_owner import OWNER_FILE
from tests.engine.conftest import MakeJob
from tests.engine.test_results_owner import completed, pack

pytestmark = pytest.mark.usefixtures("environment")

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def environment(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPT_BROKER_URL", "SPT_ARCHIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPT_DATABASE_URL", engine.settings.database_url)
    monkeypatch.setenv("SPT_RESULTS", str(engine.settings.results))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as an operator does, beside the service."""

    def results(*words: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        capsys.readouterr()
        code = run(parser.parse_args(words))
        return code, "".join(capsys.readouterr())

    return results


async def in_thread(command: Command, *words: str) -> tuple[int, str]:
    """Run it in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(command, *words)


async def test_check_counts_what_is_there_and_what_is_missing(
    engine: Engine, make_job: MakeJob, command: Command
) -> None:
    made, folder = await completed(engine, make_job)
    await sweep_orphans(engine)
    code, said = await in_thread(command, "check")
    assert code == 0, said
    assert "1 packs on the disk" in said
    assert "0 packs are missing that the database names" in said
    assert "are those of this database" in said
    shutil.rmtree(folder)
    code, said = await in_thread(command, "check")
    assert code == 1
    assert f"missing: {made.job_id}/0-1-aa" in said


async def test_what_no_sweep_removes_is_set_aside_whole(
    engine: Engine, make_job: MakeJob, command: Command
) -> None:
    _, known = await completed(engine, make_job)
    pack(engine, "f" * 32, "0-1-ee")
    assert await sweep_orphans(engine) == Swept(unknown=1)
    assert "1 packs of which the database knows nothing" in (await in_thread(command, "check"))[1]
    code, said = await in_thread(command, "set-aside")
    assert code == 0, said
    (moved,) = (engine.settings.results / "set-aside").rglob("pack.tar")
    assert moved.parent.name == "0-1-ee"
    assert moved.parent.parent.name == "f" * 32
    assert await sweep_orphans(engine) == Swept()
    assert known.exists()
    assert moved.exists()
    assert "0 packs of which the database knows nothing" in (await in_thread(command, "check"))[1]
    assert "nothing to set aside" in (await in_thread(command, "set-aside"))[1]


async def test_packs_of_lost_attempts_are_set_aside_where_asked_for(
    engine: Engine, make_job: MakeJob, command: Command
) -> None:
    made, _ = await completed(engine, make_job)
    lost = pack(engine, made.job_id, "0-1-bb")
    assert (await in_thread(command, "set-aside"))[0] == 0
    assert lost.exists()
    assert (await in_thread(command, "set-aside", "--lost"))[0] == 0
    assert not lost.exists()
    assert len(list((engine.settings.results / "set-aside").rglob("pack.tar"))) == 1


async def test_adopting_makes_this_database_the_owner_whoever_it_was_before(
    engine: Engine, make_job: MakeJob, command: Command
) -> None:
    await completed(engine, make_job)
    (engine.settings.results / OWNER_FILE).write_text('{"database": "another", "sweeps": 9}')
    code, said = await in_thread(command, "check")
    assert code == 1
    assert "those of the database another" in said
    # Nothing is moved either while the results are another database's.
    assert (await in_thread(command, "set-aside"))[0] == 1
    code, said = await in_thread(command, "adopt")
    assert code == 0, said
    assert await sweep_orphans(engine) == Swept()


@pytest.mark.parametrize("action", ["check", "adopt", "set-aside"])
async def test_a_folder_that_is_not_there_is_named(
    engine: Engine, command: Command, action: str
) -> None:
    code, said = await in_thread(command, action)
    assert code == 1
    assert f"there is no folder {engine.settings.results}" in said
