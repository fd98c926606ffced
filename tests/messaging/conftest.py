"""The engine, and a server that takes webhooks."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from tests.engine.conftest import broker_url, engine, make_job, settings
from tests.support.receiver import Receiver, receiving

__all__ = ["broker_url", "engine", "make_job", "settings"]

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened
