"""The index of a folder of a job's files, as a page."""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from sptapi.representations.html import html_page


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
    places = [*up, *((f"./{quote(name)}/", f"{name}/") for name in folders)]
    rows = [
        f'<tr><td><a href="{href}">{escape(name)}</a></td><td></td><td></td></tr>'
        for href, name in places
    ]
    rows += [
        f'<tr><td><a href="./{quote(name)}">{escape(name)}</a></td>'
        f'<td class="size">{"" if size is None else f"{size:,}"}</td>'
        f"<td><code>{escape(sha256 or '')}</code></td></tr>"
        for name, size, sha256 in files
    ]
    head = '<tr><th>name</th><th class="size">bytes</th><th>sha256</th></tr>'
    return html_page(
        base,
        f"Files of the job: {path}" if path else "Files of the job",
        f'<p class="ways"><a class="button quiet" href="{escape(base)}/app/cutout/jobs/{job}">'
        f'To the job</a><a class="button quiet" href="{escape(base)}/files/jobs/{job}/out.tar">'
        f'Everything as one tar</a></p><p class="note">Job <code>{job}</code></p>'
        f'<table class="files">{head}{"".join(rows)}</table>',
    )
