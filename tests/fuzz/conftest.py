"""The served application, as the tests of the API have it."""

from tests.api.conftest import api, broker_url, cut, serve

__all__ = ["api", "broker_url", "cut", "serve"]
