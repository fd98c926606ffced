"""What the tests of several packages share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sptjobs.maps.record import MapRecord
from sptjobs.store.migration import upgrade
from tests.support.databases import database_server, empty_database
from tests.support.scale import scaled

# No deadline for a single example, and none for drawing them: machines that run tests are busy
# with other things.
settings.register_profile(
    "house",
    deadline=None,
    max_examples=scaled(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str | None]:
    """Run the database server of this test run, if its kind needs one."""
    with database_server() as url:
        yield url


@pytest.fixture
async def empty_database_url(server_url: str | None, tmp_path: Path) -> AsyncIterator[str]:
    """Make an empty database for a test."""
    async with empty_database(server_url, tmp_path / "state with a space") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(
    server_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Migrate a database once; tests begin with copies of it."""

    async def migrated() -> str:
        folder = tmp_path_factory.mktemp("migrated")
        url = await stack.enter_async_context(empty_database(server_url, folder))
        await upgrade(url)
        return url

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield runner.run(migrated())
        runner.run(stack.aclose())


@pytest.fixture
async def database_url(
    server_url: str | None, migrated_template: str, tmp_path: Path
) -> AsyncIterator[str]:
    """Make a database with tables and no rows, for a test; all have one identity."""
    folder = tmp_path / "state with a space"
    async with empty_database(server_url, folder, migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def tiny_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the smallest set of simulated maps."""
    from sptjobs.simulation.simulated_maps import make_survey, write_maps

    folder = tmp_path_factory.mktemp("archive")
    for _ in write_maps(folder, make_survey("tiny")):
        pass
    return folder


@pytest.fixture(scope="session")
def tiny_maps(tiny_archive: Path) -> list[MapRecord]:
    """Return the records of the smallest set, in the order of their ids."""
    from sptjobs.archive.scan import scan

    found = [record for record in scan(tiny_archive, {}) if isinstance(record, MapRecord)]
    return sorted(found, key=lambda record: record.map_id)
