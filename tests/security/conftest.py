"""The served application, as the tests of the API have it."""

from tests.api.conftest import api, broker_url, database_url, made_tables, serve
from tests.api.test_serving import environment

__all__ = ["api", "broker_url", "database_url", "environment", "made_tables", "serve"]
