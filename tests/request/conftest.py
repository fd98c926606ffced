"""What the tests of requests share."""

from collections.abc import Iterator

import pytest

from sptjobs.request.reading_apart import provide
from sptjobs.target_tables.astropy_tables import load_astronomy


@pytest.fixture(scope="module", autouse=True)
def astropy_for_tables() -> Iterator[None]:
    """Let this process read every kind of table, as a reading process does."""
    provide(load_astronomy)
    yield
    provide(None)
