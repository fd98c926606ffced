"""Catalogues of objects: their list, and the rows of one as JSON, VOTable or CSV."""

import json
from collections.abc import Iterable, Sequence

from sptapi.representations.tree import Tree
from sptapi.representations.votable import TableField, table_head, table_tail
from sptjobs.packs.forms import csv_rows, votable_rows
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue, SkyObject

_COLUMNS = (
    TableField("name", "unicodeChar", "Name of the object", "meta.id;meta.main"),
    TableField("ra", "double", "Right ascension (ICRS)", "pos.eq.ra;meta.main", "deg"),
    TableField("dec", "double", "Declination (ICRS)", "pos.eq.dec;meta.main", "deg"),
    TableField("size", "double", "What the size of its mark grows with"),
    TableField("link", "char", "Page of the object", "meta.ref.url"),
)


def catalogues_tree(catalogues: Iterable[SkyCatalogue]) -> Tree:
    """Describe the catalogues that can be shown."""
    return {"catalogues": [catalogue_tree(each) for each in catalogues]}


def catalogue_tree(catalogue: SkyCatalogue) -> Tree:
    """Describe a catalogue."""
    about = catalogue.description
    return {
        "name": catalogue.name,
        "version": catalogue.version,
        "title": about.title,
        "description": about.description,
        "credit": about.credit,
        "size": about.size,
        "objects": len(catalogue),
        "refused": catalogue.refused,
        "shown": about.shown,
    }


def objects_json(catalogue: SkyCatalogue, rows: Sequence[SkyObject], *, overflow: bool) -> bytes:
    """Write objects as one JSON object, with what is said of their catalogue."""
    objects = [row._asdict() for row in rows]
    tree = {**catalogue_tree(catalogue), "overflow": overflow, "rows": objects}
    return json.dumps(tree, allow_nan=False).encode()


def objects_csv(_: SkyCatalogue, rows: Sequence[SkyObject], *, overflow: bool) -> bytes:
    """Write objects as CSV, with a row of the columns' names first."""
    del overflow  # which CSV has no place for
    return csv_rows([[each.name for each in _COLUMNS], *rows])


def objects_votable(catalogue: SkyCatalogue, rows: Sequence[SkyObject], *, overflow: bool) -> bytes:
    """Write objects as a VOTable."""
    about = catalogue.description
    facts = {"description": about.description, "credit": about.credit}
    head = table_head(about.title, {key: text for key, text in facts.items() if text}, _COLUMNS)
    return head + votable_rows(rows) + table_tail(overflow=overflow)
