"""The stacks, each started once for all of its storms."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.faults import Tormentor
from tests.chaos.sites import Site, embedded_site, server_site
from tests.chaos.storm import Theatre
from tests.chaos.users import second_user

SITES: dict[str, Callable[[Path, Path], AbstractContextManager[Site]]] = {
    "embedded": embedded_site,
    "server": server_site,
    "pooled": partial(server_site, pooled=True),
}


@pytest.fixture(scope="session", params=["embedded", "server"])
def theatre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_archive: Path
) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("a storm")
    with SITES[request.param](folder, tiny_archive) as site:
        owners = (site.service, second_user(site.service))
        yield Theatre(site, owners, Tormentor(site))
