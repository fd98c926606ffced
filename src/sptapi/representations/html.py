"""The few pages that the API itself shows: no scripts, one style sheet, nothing fetched."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from urllib.parse import quote

from sptapi.representations.style import STYLE

_ICON = (
    '<svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">'
    '<rect width="32" height="32" rx="7" fill="var(--spt-accent)"/>'
    '<path d="M7 9V7h4M21 7h4v4M25 21v4h-4M11 25H7v-4" fill="none" stroke="var(--spt-on-accent)" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
    '<circle cx="16" cy="16" r="4.2" fill="var(--spt-on-accent)"/></svg>'
)


def landing_page(base: str, *, can_sign_in: bool) -> str:
    """Write the page at the root; ``base`` is the public address."""
    sign_in = (
        "Sign in with your collaboration account in the web app. "
        f'<a href="{escape(base)}/account">Your account</a> lists your sessions.'
        if can_sign_in
        else "Signing in is switched off here: an operator hands out access tokens."
    )
    rows = "".join(
        f'<tr><td><a href="{escape(base + path)}">{escape(path)}</a></td><td>{text}</td></tr>'
        for path, text in (
            ("/openapi.json", "the API for programs that read descriptions (OpenAPI 3.1)"),
            ("/api/v1/cutout/async", "your cutout jobs (IVOA UWS 1.1)"),
            ("/api/v1/maps", "the maps of the archive"),
            ("/api/v1/account", "who you are here, and what you may use"),
            ("/ready", "whether the service can take jobs"),
        )
    )
    return page(
        base,
        "SPT-3G data service",
        '<p class="lead">Postage stamps of the maps of the South Pole Telescope\'s SPT-3G camera. '
        "Name positions on the southern sky; get FITS stamps with a correct WCS, preview pictures, "
        "and a manifest that says what became of each target.</p>"
        f'<p class="ways"><a class="button" href="{escape(base)}/app/cutout/">Make cutouts</a>'
        f'<a class="button quiet" href="{escape(base)}/docs">Use it from scripts</a></p>'
        f"<p>{sign_in}</p><h2>For programs</h2><table>{rows}</table>",
    )


def missing_build_page(base: str) -> str:
    """Say how to build the web app."""
    return page(
        base,
        "The web app is not built",
        "<p>This copy of the service came without the web app. With Node 20 on the machine, "
        "<code>make web</code> builds it; then load this page again.</p>"
        f'<p>The <a href="{escape(base)}/docs">API</a> works without it.</p>',
    )


def folder_page(
    base: str,
    job: str,
    path: str,
    folders: Iterable[str],
    files: Iterable[tuple[str, int | None, str | None]],
) -> str:
    """Write the index of a folder of a job.

    Parameters
    ----------
    path
        The folder, with a slash at its end, or empty.
    folders, files
        Names below the folder; a file has its size [bytes] and its sha256, None
        where they are not known before it is read.
    """
    up = [("../", "one folder up")] if path else []
    places = [*up, *((f"./{_href(name)}/", f"{name}/") for name in folders)]
    rows = [
        f'<tr><td><a href="{href}">{escape(name)}</a></td><td></td><td></td></tr>'
        for href, name in places
    ]
    rows += [
        f'<tr><td><a href="./{_href(name)}">{escape(name)}</a></td>'
        f'<td class="size">{"" if size is None else f"{size:,}"}</td>'
        f"<td><code>{escape(sha256 or '')}</code></td></tr>"
        for name, size, sha256 in files
    ]
    head = '<tr><th>name</th><th class="size">bytes</th><th>sha256</th></tr>'
    return page(
        base,
        f"Files of the job: {path}" if path else "Files of the job",
        f'<p class="ways"><a class="button quiet" href="{escape(base)}/app/cutout/jobs/{job}">'
        f'To the job</a><a class="button quiet" href="{escape(base)}/files/jobs/{job}/out.tar">'
        f'Everything as one tar</a></p><p class="note">Job <code>{job}</code></p>'
        f'<table class="files">{head}{"".join(rows)}</table>',
    )


def error_page(
    base: str, title: str, message: str, request_id: str, links: Iterable[tuple[str, str]]
) -> str:
    """Write a page that says what went wrong.

    Parameters
    ----------
    links
        Addresses of where to go from here, and their texts; the likeliest first.
    """
    said = message[:1].upper() + message[1:] + ("" if message.endswith((".", "?", "!")) else ".")
    ways = "".join(
        f'<a class="button{" quiet" if number else ""}" href="{escape(href)}">{escape(text)}</a>'
        for number, (href, text) in enumerate(links)
    )
    return page(
        base,
        title,
        f'<p class="lead">{escape(said)}</p><p class="ways">{ways}</p>'
        '<p class="note">If you ask the operators about it, tell them: '
        f"<code>request {escape(request_id)}</code></p>",
    )


def page(base: str, title: str, content: str, *, kind: str = "", headed: bool = False) -> str:
    """Write a page around its content.

    Parameters
    ----------
    base
        The service's public address.
    kind
        Class of the page, for its style.
    headed
        Whether the content has its own heading.
    """
    root = escape(base)
    style = f' class="{kind}"' if kind else ""
    heading = "" if headed else f"<h1>{escape(title)}</h1>"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
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
    """Write a time, to the minute unless told otherwise; its day stays on one line."""
    return (
        f'<time datetime="{moment.isoformat()}">'
        f'<span class="day">{moment:%Y-%m-%d}</span> {moment.strftime(to)}</time>'
    )


def _href(name: str) -> str:
    return quote(name)
