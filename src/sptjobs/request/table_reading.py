"""Any table of targets, read by whichever reader knows its kind."""

from sptjobs.request.delimited import read_csv, read_ecsv
from sptjobs.request.ds9_regions import read_regions
from sptjobs.request.encodings import decode_table, unpack_table
from sptjobs.request.reading_apart import astronomy
from sptjobs.request.table_kinds import (
    ECSV,
    JSON,
    MIXED_ECSV,
    READ_APART,
    REGIONS,
    SAVE_AS,
    VOTABLE,
    binary_kind,
    text_kind,
)
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.request.votable import read_votable

_TAKEN = "CSV, VOTable, ECSV or FITS"


def read_source(content: bytes, max_targets: int) -> SourceTable:
    """Tell the kind of a table by how it begins, and read it."""
    content = unpack_table(content)
    kind = binary_kind(content)
    if kind in READ_APART:
        return astronomy().read_table(content, kind)
    if kind is not None:
        refuse_table(f"the table is {kind}; {SAVE_AS.get(kind, f'send {_TAKEN}')}")
    return _text_source(decode_table(content)[0], max_targets)


def table_text(content: bytes) -> str | None:
    """Give a table as the text that it is, unpacked and decoded; None for one that is none."""
    content = unpack_table(content)
    return decode_table(content)[0] if binary_kind(content) is None else None


def _text_source(text: str, max_targets: int) -> SourceTable:
    kind = text_kind(text)
    if kind in READ_APART:
        return astronomy().read_table(text.lstrip() if kind == MIXED_ECSV else text, kind)
    if kind == JSON:
        refuse_table(f"the table is JSON, which goes into a JSON request; send {_TAKEN}")
    if kind == VOTABLE:
        return read_votable(text.lstrip(), max_targets)
    if kind == ECSV:
        return read_ecsv(text.lstrip())
    return read_regions(text) if kind == REGIONS else read_csv(text)
