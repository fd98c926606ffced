"""The few pages that the API itself shows: no scripts, one style sheet, nothing fetched."""

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from importlib import resources
from urllib.parse import quote


def _tokens() -> str:
    """Read the colours and type that the web app has too, for light and for dark screens."""
    text = (resources.files(__package__) / "tokens.css").read_text("utf-8")
    light, dark = re.findall(r"^:root(?:\[[^]]*\])? \{\n(.*?)\n\}", text, re.DOTALL | re.MULTILINE)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


STYLE = (
    _tokens()
    + """
body{font:16px/1.5 var(--spt-text);max-width:60rem;margin:3rem auto;padding:0 1rem;
color:var(--spt-ink);background:var(--spt-ground)}
h1{font-size:1.5rem;font-weight:600}
a{color:var(--spt-accent)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--spt-line);
vertical-align:top}
td.size,th.size{text-align:right}
code{font:.8rem var(--spt-mono);color:var(--spt-ink-soft);overflow-wrap:anywhere}
h2{font-size:1.1rem;font-weight:600;margin:2rem 0 .5rem}
form{display:inline}
button{font:inherit;color:var(--spt-on-accent);background:var(--spt-accent);border:0;
border-radius:var(--spt-radius);padding:.25rem .75rem;cursor:pointer}
button:hover{background:var(--spt-accent-strong)}
button.quiet{color:var(--spt-accent);background:none;border:1px solid var(--spt-line-strong)}
button.quiet:hover{background:var(--spt-inset)}
a:focus-visible,button:focus-visible{outline:2px solid var(--spt-accent);outline-offset:2px}
.note{color:var(--spt-ink-soft)}
"""
)

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def page_policy(form_targets: str = "'none'") -> str:
    """Write the policy of a page: the style sheet above, forms to these targets, nothing else."""
    return (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action {form_targets}; style-src 'sha256-{_STYLE_HASH}'"
    )


CONTENT_SECURITY_POLICY = page_policy()
"""Policy of pages without forms."""


def landing_page(base: str, *, can_sign_in: bool) -> str:
    """Write the page at the root; ``base`` is the public address."""
    sign_in = (
        f'<a href="{escape(base)}/account">Sign in</a> to see your sessions and make access tokens.'
        if can_sign_in
        else "Signing in is switched off here: an operator hands out access tokens."
    )
    rows = "".join(
        f'<tr><td><a href="{escape(base + path)}">{escape(path)}</a></td><td>{text}</td></tr>'
        for path, text in (
            ("/app/cutout/", "the web app"),
            ("/openapi.json", "description of the API (OpenAPI 3.1)"),
            ("/api/v1/cutout/async", "cutout jobs (IVOA UWS 1.1); needs an access token"),
            ("/api/v1/maps", "the maps of the archive; needs an access token"),
            ("/api/v1/account", "who am I; needs an access token"),
            ("/ready", "whether the service can take jobs"),
        )
    )
    return page(
        "SPT-3G data service",
        "<p>Postage stamps of the maps of the South Pole Telescope's SPT-3G camera.</p>"
        f"<p>{sign_in}</p><table>{rows}</table>",
    )


def missing_build_page() -> str:
    """Say how to build the web app."""
    return page(
        "The web app is not built",
        "<p>This copy of the service came without the web app. With Node 20 on the machine, "
        "<code>make web</code> builds it; then load this page again. "
        "The API works without it.</p>",
    )


def folder_page(
    title: str, folders: Iterable[str], files: Iterable[tuple[str, int | None, str | None]]
) -> str:
    """Write the index of a folder.

    Parameters
    ----------
    folders, files
        Names below the folder; a file has its size [bytes] and its sha256, None
        where they are not known before it is read.
    """
    rows = [f'<tr><td><a href="./{_href(name)}/">{escape(name)}/</a></td><td></td><td></td></tr>'
            for name in folders]  # fmt: skip
    rows += [
        f'<tr><td><a href="./{_href(name)}">{escape(name)}</a></td>'
        f'<td class="size">{"" if size is None else f"{size:,}"}</td>'
        f"<td><code>{escape(sha256 or '')}</code></td></tr>"
        for name, size, sha256 in files
    ]
    head = '<tr><th>name</th><th class="size">bytes</th><th>sha256</th></tr>'
    return page(title, f"<table>{head}{''.join(rows)}</table>")


def error_page(title: str, message: str, request_id: str, links: Iterable[tuple[str, str]]) -> str:
    """Write a page that says what went wrong.

    Parameters
    ----------
    links
        Addresses of where to go from here, and their texts.
    """
    message = message[:1].upper() + message[1:]
    ways = " · ".join(f'<a href="{escape(href)}">{escape(text)}</a>' for href, text in links)
    return page(
        title,
        f"<p>{escape(message)}</p><p>{ways}</p><p><code>request {escape(request_id)}</code></p>",
    )


def page(title: str, content: str) -> str:
    """Write a page around its content."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>\n"
    )


def _href(name: str) -> str:
    return quote(name)
