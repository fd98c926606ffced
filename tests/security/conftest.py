"""The served application, as the tests of the API have it."""

import pytest

from sptapi.handlers import events
from tests.api.conftest import api, broker_url, serve
from tests.api.test_serving import environment

__all__ = ["api", "broker_url", "environment", "serve"]


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """End streams of events soon: tests of every address read whole responses."""
    monkeypatch.setattr(events, "LONGEST_S", 0.1)
