"""The few pages that the API itself shows: one style sheet, one small script, own pictures."""

from datetime import datetime
from html import escape
from importlib import resources

from sptapi.representations.style import SCRIPT, STYLE

_SIGN = (
    (resources.files(__package__) / "icon.svg")
    .read_text("utf-8")
    .strip()
    .replace("<svg ", '<svg width="24" height="24" aria-hidden="true" ', 1)
)
"""The sign of the service, which is its icon; written into the page, which loads nothing for it."""

ACCOUNT_PLACE = "/app/cutout/account"
REFERENCE_PLACE = "/docs"

_PLACES = (
    ("/app/cutout/", "New job"),
    ("/app/cutout/look", "Quick look"),
    ("/app/cutout/sky", "Sky"),
    ("/app/cutout/jobs", "Jobs"),
    (ACCOUNT_PLACE, "Account"),
    (REFERENCE_PLACE, "API"),
)
"""Where the head of a page leads: the same as that of the web app."""

_WHAT = "stamps of the maps of the South Pole Telescope's SPT-3G camera"
"""What the service is for, in the description of every page."""

CURRENT = ' aria-current="true"'
"""What marks a link to where the page belongs."""

PICTURE_TEXT = "Cold and warm patches of a simulated microwave sky, with sources as dots"
"""What the picture of the first page shows."""


def html_page(
    base: str,
    title: str,
    content: str,
    *,
    kind: str = "",
    headed: bool = False,
    about: str = "",
    place: str = "",
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
    place
        The entry of the head to which the page belongs.
    """
    root = escape(base)
    style = f' class="{kind}"' if kind else ""
    heading = "" if headed else f"<h1>{escape(title)}</h1>"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" type="image/svg+xml" href="{root}/icon.svg">'
        f"{_shown_link(root, title, about)}"
        f"<title>{escape(title)}</title><script>{SCRIPT}</script><style>{STYLE}</style></head>"
        '<body><a class="skip" href="#main">Skip to the content</a><header class="head">'
        f'<a class="brand" href="{root}/">{_SIGN}<span>SPT-3G data service</span></a>'
        f'<nav aria-label="Pages">{_links(root, place)}</nav></header>'
        f'<main id="main" tabindex="-1"{style}>{heading}{content}</main>'
        '<footer class="foot"><span>SPT-3G data service</span>'
        f'<a href="{root}/openapi.json">OpenAPI description</a>'
        f'<a href="{root}/ready">Is it up?</a></footer></body></html>\n'
    )


def _links(root: str, place: str) -> str:
    return "".join(
        f'<a href="{root}{path}"{CURRENT if path == place else ""}>{text}</a>'
        for path, text in _PLACES
    )


def _shown_link(root: str, title: str, about: str) -> str:
    """What the page is about; with a text of its own, also for sites that show a link to it.

    References
    ----------
    The Open Graph protocol.
    """
    if not about:
        return f'<meta name="description" content="{escape(f"{title}: {_WHAT}")}">'
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
