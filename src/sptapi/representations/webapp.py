"""What stands in the place of a web app that is not built."""

from html import escape

from sptapi.representations.html import html_page


def missing_build_page(base: str) -> str:
    """Say how to build the web app."""
    return html_page(
        base,
        "The web app is not built",
        "<p>This copy of the service came without the web app. With Node 20 on the machine, "
        "<code>make web</code> builds it; then load this page again.</p>"
        f'<p>The <a href="{escape(base)}/docs">API</a> works without it.</p>',
    )
