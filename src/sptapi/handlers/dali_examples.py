"""Examples of requests (DALI 1.1, section 2.3)."""

from aiohttp import web

from sptapi.keys import LINKS
from sptapi.representations.dali_examples import examples_page


async def read(request: web.Request) -> web.Response:
    """Show them; anybody may see them."""
    body = examples_page(request.app[LINKS].base).encode()
    return web.Response(body=body, content_type="application/xhtml+xml", charset="utf-8")
