"""The two stacks, each started once for all of its storms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.faults import Tormentor
from tests.chaos.sites import embedded_site, server_site
from tests.chaos.storm import Theatre
from tests.chaos.users import second_user

SITES = {"embedded": embedded_site, "server": server_site}


@pytest.fixture(scope="session", params=SITES)
def theatre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_archive: Path
) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("a storm")
    with SITES[request.param](folder, tiny_archive) as site:
        owners = (site.service, second_user(site.service))
        yield Theatre(site, owners, Tormentor(site))
