"""Multi-order coverage maps as documents.

References
----------
IVOA MOC 2.0, sections 4.3.1 to 4.3.3.
"""

import json

from sptjobs.maps.moc import json_tree, unique_numbers
from sptjobs.packs.bintable import bintable_chunks
from sptjobs.packs.forms import Column, Form


def moc_document(coverage: str, media_type: str) -> bytes:
    """Write a MOC, which is given in ASCII, as FITS, JSON or ASCII.

    Called where it may take long: a coverage may have 100,000 cells.
    """
    match media_type:
        case "application/fits":
            return _fits(coverage)
        case "application/json":
            return json.dumps(json_tree(coverage)).encode() + b"\n"
        case _:
            return coverage.encode() + b"\n"


def _fits(coverage: str) -> bytes:
    cells, order = unique_numbers(coverage)
    column = Column("UNIQ", "long", "Cells in NUNIQ numbering")
    form = Form("MOC", (column,), "", lambda cell: (cell,))
    cards = (
        ("PIXTYPE", "HEALPIX"), ("ORDERING", "NUNIQ"), ("COORDSYS", "C"), ("MOCVERS", "2.0"),
        ("MOCDIM", "SPACE"), ("MOCORD_S", order), ("MOCORDER", order),
    )  # fmt: skip
    return b"".join(bintable_chunks(form, cards, {}, len(cells), cells))
