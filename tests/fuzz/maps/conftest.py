"""A real engine, and the whole maps that tests break."""

import pytest

from tests.engine.conftest import broker_url, engine, settings
from tests.fuzz.maps.whole import WholeMap, whole_maps

__all__ = ["broker_url", "engine", "settings"]


@pytest.fixture(scope="session")
def maps(tmp_path_factory: pytest.TempPathFactory) -> list[WholeMap]:
    """Make one small map of each way to store them."""
    return whole_maps(tmp_path_factory.mktemp("whole"))
