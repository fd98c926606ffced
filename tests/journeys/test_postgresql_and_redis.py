"""The stack on the parts that a site runs: PostgreSQL and Redis."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.journeys.conftest import Siblings
from tests.journeys.test_faults import (
    QUICK,
    assert_complete,
    kill_cutting_child,
    kill_process,
    start_large_job,
)
from tests.support.databases import empty_database
from tests.support.embedded import PrivateBroker, private_broker
from tests.support.pasting import block, paste
from tests.support.postgresql import binaries, private_cluster
from tests.support.service import Service, grid_of_targets

CHAPTER = Path(__file__).parents[2] / "docs/administrators/backup.md"


@pytest.fixture(scope="module")
def redis() -> Iterator[PrivateBroker]:
    with private_broker("redis") as broker:
        yield broker


@pytest.fixture(scope="module")
def on_site(
    tmp_path_factory: pytest.TempPathFactory, sibling: Siblings, redis: PrivateBroker
) -> Iterator[Service]:
    with private_cluster() as server, asyncio.Runner() as runner:
        making = empty_database(server, Path())
        url = runner.run(making.__aenter__())
        settings = QUICK | {"SPT_DATABASE_URL": url, "SPT_BROKER_URL": redis.url}
        with sibling(tmp_path_factory.mktemp("on site"), settings) as service:
            yield service
        runner.run(making.__aexit__(None, None, None))


def test_a_backup_is_made_and_restored_as_the_chapter_says(
    on_site: Service, tmp_path: Path
) -> None:
    done = on_site.create({"positions": grid_of_targets(20), "size": 5})
    on_site.wait_final(done)
    running = start_large_job(on_site)
    settings = on_site.stack.environment
    url = settings["SPT_DATABASE_URL"]
    programs = f"{Path(sys.executable).parent}:{binaries()}:$PATH"
    variables = {"PATH": programs, "RESULTS": settings["SPT_RESULTS"], "DATABASE": libpq(url)}
    paste(exports(variables) + block(CHAPTER, "back up PostgreSQL"), tmp_path, timeout_s=120)
    assert_complete(on_site, running)
    with asyncio.Runner() as runner:
        making = empty_database(server_of(url), Path())
        new = runner.run(making.__aenter__())
        try:
            variables |= {"RESULTS": str(tmp_path / "results"), "DATABASE": libpq(new)}
            variables |= {"SPT_DATABASE_URL": new, "SPT_RESULTS": str(tmp_path / "results")}
            said = paste(
                exports(variables) + block(CHAPTER, "restore PostgreSQL"), tmp_path, timeout_s=120
            )
        finally:
            runner.run(making.__aexit__(None, None, None))
    assert "0 packs are missing that the database names" in said
    assert f"the results in {tmp_path / 'results'} are those of this database" in said
    original = Path(settings["SPT_RESULTS"]) / done.rpartition("/")[2]
    for path in original.rglob("*.*"):
        copied = tmp_path / "results" / path.relative_to(original.parent)
        assert copied.read_bytes() == path.read_bytes()


def exports(variables: Mapping[str, str]) -> str:
    return "".join(f'export {name}="{value}"\n' for name, value in variables.items())


def libpq(url: str) -> str:
    """The address of a database as PostgreSQL's own programs have it."""
    return url.replace("postgresql+asyncpg:", "postgresql:")


def server_of(url: str) -> str:
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)


def test_the_stack_starts_no_broker_of_its_own(on_site: Service) -> None:
    assert "broker" not in on_site.stack.processes


def test_a_job_completes_though_its_child_and_its_worker_are_killed(on_site: Service) -> None:
    job = start_large_job(on_site)
    kill_cutting_child(on_site)
    kill_process(on_site, "execute-1")
    assert_complete(on_site, job)


def test_a_job_completes_though_redis_is_restarted_empty(
    on_site: Service, redis: PrivateBroker
) -> None:
    job = start_large_job(on_site)
    redis.restart()
    assert_complete(on_site, job)
