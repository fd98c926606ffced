"""The few pages that the API itself shows: no scripts, one style sheet, pictures of its own."""

from datetime import datetime
from html import escape

from sptapi.representations.style import STYLE

_ICON = (
    '<svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">'
    '<rect width="32" height="32" rx="7" fill="var(--spt-accent)"/>'
    '<path d="M7 9V7h4M21 7h4v4M25 21v4h-4M11 25H7v-4" fill="none" stroke="var(--spt-on-accent)" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
    '<circle cx="16" cy="16" r="4.2" fill="var(--spt-on-accent)"/></svg>'
)

PICTURE_TEXT = "Cold and warm patches of a simulated microwave sky, with sources as dots"
"""What the picture of the first page shows."""


def html_page(
    base: str, title: str, content: str, *, kind: str = "", headed: bool = False, about: str = ""
) -> str:
    """Write a page around its content.

    Parameters
    ----------
    base
        The service's public address.
    kind
        Class of the page, for its style.
    headed
        Whether the content has its own heading.
    about
        What a link to the page says of it where other sites show it, with a picture.
    """
    root = escape(base)
    style = f' class="{kind}"' if kind else ""
    heading = "" if headed else f"<h1>{escape(title)}</h1>"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" type="image/svg+xml" href="{root}/icon.svg">'
        f"{_shown_link(root, title, about)}"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        '<body><a class="skip" href="#main">Skip to the content</a><header class="head">'
        f'<a class="brand" href="{root}/">{_ICON}<span>SPT-3G data service</span></a>'
        f'<nav aria-label="Pages"><a href="{root}/app/cutout/">Cutouts</a>'
        f'<a href="{root}/docs">API reference</a>'
        f'<a href="{root}/app/cutout/account">Account</a></nav></header>'
        f'<main id="main" tabindex="-1"{style}>{heading}{content}</main>'
        '<footer class="foot"><span>SPT-3G data service</span>'
        f'<a href="{root}/openapi.json">OpenAPI description</a>'
        f'<a href="{root}/ready">Is it up?</a></footer></body></html>\n'
    )


def _shown_link(root: str, title: str, about: str) -> str:
    """What the Open Graph protocol has for sites that show a link."""
    if not about:
        return ""
    facts = {
        "og:type": "website",
        "og:title": title,
        "og:description": about,
        "og:url": f"{root}/",
        "og:image": f"{root}/sky.jpg",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": PICTURE_TEXT,
    }
    shown = "".join(
        f'<meta property="{name}" content="{escape(value)}">' for name, value in facts.items()
    )
    return f'<meta name="description" content="{escape(about)}">{shown}'


def post_form(
    base: str,
    path: str,
    csrf: str,
    label: str,
    *,
    kind: str = "quiet",
    inputs: str = "",
    **fields: str,
) -> str:
    """Write a form that is one button.

    Parameters
    ----------
    csrf
        The session's secret, which every form repeats.
    inputs
        HTML of what is to be filled in before the button.
    fields
        What it sends besides.
    """
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {"csrf": csrf, **fields}.items()
    )
    style = f' class="{kind}"' if kind else ""
    return (
        f'<form method="post" action="{escape(base + path)}">{hidden}{inputs}'
        f"<button{style}>{label}</button></form>"
    )


def time_element(moment: datetime, *, to: str = "%H:%M") -> str:
    """Write a time, to the minute by default; its day stays on one line."""
    return (
        f'<time datetime="{moment.isoformat()}">'
        f'<span class="day">{moment:%Y-%m-%d}</span> {moment.strftime(to)}</time>'
    )
