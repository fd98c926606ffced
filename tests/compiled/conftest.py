"""The loops, compiled once."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.support.compiled import compiled_anew


@pytest.fixture(scope="session")
def loops(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The loops as their source is."""
    folder: Path = tmp_path_factory.mktemp("loops")
    return compiled_anew(folder)
