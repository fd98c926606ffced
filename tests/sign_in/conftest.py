"""The application with a provider that errs on demand, and a browser."""

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import Serve, broker_url, serve
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

__all__ = ["broker_url", "desk", "provider", "serve"]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running(Provider()) as made:
        yield made


@pytest.fixture
async def desk(serve: Serve, provider: Provider) -> AsyncIterator[Desk]:
    api = await serve(sign_in=settings_for(provider.issuer), rates=())
    async with new_browser() as browser:
        yield Desk(api, provider, browser)
