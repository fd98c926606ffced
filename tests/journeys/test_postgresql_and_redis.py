"""The stack on the parts that a site runs: PostgreSQL and Redis."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

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
from tests.support.postgresql import private_cluster
from tests.support.service import Service


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
