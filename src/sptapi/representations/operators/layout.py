"""Pieces that the operators' pages share: places, tables that fold on a telephone, counts, ages."""

from collections.abc import Iterable, Sequence
from html import escape

from sptapi.representations.html import html_page, time_element
from sptjobs.uws.times import parse_utc

_PLACES = (
    ("/ops/", "Overview"),
    ("/ops/jobs", "Jobs"),
    ("/ops/deadletters", "Dead letters"),
    ("/ops/access", "Access"),
)

_CURRENT = ' aria-current="page"'

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def operators_page(base: str, path: str, title: str, content: str) -> str:
    """Write a page of the operators, with the way to the others.

    Parameters
    ----------
    path
        Of the page, or of the list that it belongs to.
    """
    links = "".join(
        f'<a href="{escape(base + place)}"{_CURRENT if place == path else ""}>{text}</a>'
        for place, text in _PLACES
    )
    places = f'<nav class="places" aria-label="Operations">{links}</nav>'
    return html_page(base, title, f"{places}<h1>{escape(title)}</h1>{content}", headed=True)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; on a telephone each row becomes a block with its heads.

    Parameters
    ----------
    caption
        For those who hear the page.
    heads, rows
        HTML of the cells; an empty cell is left out of a block.
    """
    heads = [each[:1].upper() + each[1:] for each in heads]
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join(f"<tr>{_cells(heads, row)}</tr>" for row in rows)
    return (
        f'<table class="folding"><caption class="hidden">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def empty(sentence: str, href: str = "", action: str = "") -> str:
    """Say what would be here, and where to go instead."""
    way = f' <a class="button quiet" href="{escape(href)}">{escape(action)}</a>' if href else ""
    return f'<div class="empty"><p>{escape(sentence)}</p>{way}</div>'


def counts(entries: Iterable[tuple[str, object, str]]) -> str:
    """Write numbers in a row: what each is, the number, and where it leads, "" for nowhere."""
    items = "".join(
        f"<li>{_linked(href, f'<b>{escape(str(number))}</b> <span>{escape(name)}</span>')}</li>"
        for name, number, href in entries
    )
    return f'<ul class="counts">{items}</ul>'


def age(seconds: float) -> str:
    """Write a length of time by its one or two largest units."""
    left, units = round(seconds), []
    for unit, name in _UNITS:
        number, left = divmod(left, unit)
        if number:
            units.append(f"{number} {name}")
    return " ".join(units[:2]) or "0 s"


def moment(text: str | None) -> str:
    """Write a time of a tree, to the second."""
    return "" if text is None else time_element(parse_utc(text), to="%H:%M:%S")


def job_link(base: str, job_id: str) -> str:
    """Lead to the operators' page of a job; its id's beginning tells it apart well enough."""
    href = escape(f"{base}/ops/jobs/{job_id}")
    return f'<a href="{href}"><code>{escape(job_id[:8])}…</code></a>'


def _cells(heads: Sequence[str], row: Sequence[str]) -> str:
    return "".join(
        f'<td data-head="{_plain(head)}"><span>{cell}</span></td>' if cell else "<td></td>"
        for head, cell in zip(heads, row, strict=True)
    )


def _plain(head: str) -> str:
    """The words of a head that is a link."""
    return head.partition(">")[2].partition("<")[0].strip() if head.startswith("<") else head


def _linked(href: str, text: str) -> str:
    return f'<a href="{escape(href)}">{text}</a>' if href else f"<div>{text}</div>"
