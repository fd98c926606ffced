"""Chromium opens no password box: the challenge that programs get never reaches it."""

import asyncio
from pathlib import Path
from typing import Any

from tests.api.conftest import JOBS, Serve, broker_url, serve
from tests.api.test_java_clients import JAVA, PROTECTED, address
from tests.support.chromium import chromium
from tests.support.provider import Provider, running
from tests.support.sign_in import settings_for

__all__ = ["broker_url", "serve"]

FETCH = """
const [paths, done] = arguments;
const look = path => fetch(path, {redirect: 'manual'}).then(
  r => [path, r.type, r.status, r.headers.get('www-authenticate')]);
Promise.all(paths.map(look)).then(done, error => done(String(error)));
"""


async def test_a_browser_that_is_not_signed_in_sees_no_password_box(
    serve: Serve, tmp_path: Path
) -> None:
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        paths = [api.base + address(path) for path in PROTECTED]
        as_java = await api.get(JOBS, user=None, headers=JAVA)
        assert as_java.headers.getall("WWW-Authenticate")[1].startswith("Basic ")

        def look() -> tuple[Any, str]:
            with chromium(tmp_path) as browser:
                # The policy of a document lets no script ask for anything.
                browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
                browser.open(f"{api.base}/api/v1/capabilities")
                fetched = browser.driver.execute_async_script(FETCH, paths)
                browser.open(f"{api.base}{JOBS}")
                return fetched, browser.address

        fetched, led_to = await asyncio.to_thread(look)
        # As a page it leads to the provider, which signs in at once, and back.
        assert provider.asked["/authorize"] == 1
        assert led_to == f"{api.base}{JOBS}"
    assert [path for path, *_ in fetched] == paths
    refused = [said for _, _, status, said in fetched if status == 401]
    assert refused == ['Bearer realm="spt3g"'] * len(refused)
    assert len(refused) > len(paths) / 2
    others = {(kind, status) for _, kind, status, said in fetched if said is None}
    assert others <= {("opaqueredirect", 0), ("basic", 404)}
