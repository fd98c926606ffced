"""One stack and one browser that is signed in, for all acceptance tests of the web app."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chromium import chromium
from tests.support.service import Service
from tests.support.shared_archive import running_stack_with_maps
from tests.web.page import Page
from tests.web.sky_views import open_sky

BUILD = Path(__file__).parents[2] / "src/sptapi/web/index.html"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a stack with the production build of the web app."""
    assert BUILD.exists(), "the web app is not built: make web"
    sends = {"SPT_WEBHOOKS": "true", "SPT_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    with running_stack_with_maps(tmp_path_factory, "stack", sends) as stack:
        yield Service.of(stack)


@pytest.fixture(scope="session")
def window(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open a browser and sign in as a member does."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        page = Page(browser, service.stack.url)
        page.sign_in("demo", service.stack.password("demo"))
        yield page


@pytest.fixture
def page(window: Page, service: Service) -> Iterator[Page]:
    """Give the browser with an empty form; afterwards nothing may have gone wrong in it."""
    service.get(f"{service.stack.url}/live")
    window.wide()
    window.begin_anew()
    window.problems()
    yield window
    assert window.problems() == []
    assert window.foreign_requests() == []


@pytest.fixture
def sky(page: Page) -> Page:
    """Open the sky as a member finds it."""
    return open_sky(page)
