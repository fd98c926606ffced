"""What kind of table a content is, by how it begins: names of files say little."""

import re
from collections.abc import Callable

FITS, SPREADSHEET = "FITS", "spreadsheet"

_BINARY = {
    b"SIMPLE  =": FITS,
    b"PK\x03\x04": SPREADSHEET,
    b"\xd0\xcf\x11\xe0": SPREADSHEET,
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow file",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}

VOTABLE, ECSV, MIXED_ECSV = "VOTable", "ECSV", "ECSV with columns of objects"
CDS, IPAC, LATEX, AASTEX = "CDS", "IPAC", "LaTeX", "AASTeX"
SEXTRACTOR, RST, REGIONS, DELIMITED = "SExtractor", "RST", "DS9 regions", "CSV"
RULED, TDAT = "text with ruled titles", "TDAT"
HTML, JSON = "HTML", "JSON"

READ_APART = frozenset(
    {FITS, SPREADSHEET, HTML, MIXED_ECSV, CDS, IPAC, LATEX, AASTEX, SEXTRACTOR, RST, RULED, TDAT}
)
"""Kinds that libraries read, in a reading process."""

SAVE_AS = {
    "a Parquet file": 'write it as CSV: pandas.read_parquet(…).to_csv("targets.csv", index=False)',
    "an HDF5 file": 'write its table as FITS: astropy.table.Table.read(…).write("targets.fits")',
    "an Arrow file": 'write it as CSV: pandas.read_feather(…).to_csv("targets.csv", index=False)',
    "packed by bzip2": "unpack it, or pack it by gzip",
    "packed by xz": "unpack it, or pack it by gzip",
    "packed by zstd": "unpack it, or pack it by gzip",
}
"""What to do about kinds that are not read."""

_HEAD = 20_000
_HTML = re.compile(r"<(!doctype html|html|table|body)\b", re.IGNORECASE)
_JSON = re.compile(r'(?:\[\s{0,100})?\{\s{0,100}["}]')
_REGION_FRAME = re.compile(
    r"^[ \t]{0,20}(?:icrs|fk[45]|j2000|b1950|galactic|ecliptic|image|physical|wcs[a-z]?) ?(?:;|$)",
    re.IGNORECASE | re.MULTILINE,
)
_SEXTRACTOR = re.compile(r"#\s*1\s+[A-Z][A-Z0-9_]*(?:\(\d+\))?(?:\s|$)")
_RST = re.compile(r"=+(?: +=+)+\s*\n[^=\n]*\n=+(?: +=+)+\s*\n")
_RULED = re.compile(r"(?:(?:#|<\w*Table )[^\n]*\n)*(?:[^\n#]+\n){1,3}? *-+(?: +-+)+ *\n")
_PRINTED = re.compile(r"<\w*Table [^\n]{0,80}length=[0-9]+")
"""A table as astropy shows it, which begins as a tag of HTML does."""

_TDAT = re.compile(r"(?:#[^\n]*\n)*<header>", re.IGNORECASE)
_IPAC_TYPES = frozenset(
    {"char", "c", "date", "double", "d", "float", "f", "real", "r", "int", "i", "long", "l"}
)
_SHAPES = re.compile(
    r"^[ \t+-]{0,20}(?:[a-z0-9_]{1,20} ?; ?)?(?:point|circle|box|ellipse|annulus|polygon|"
    r"panda|line|vector|text|ruler|segment|elliptannulus|epanda|bpanda) ?\( ?[0-9+:.-]",
    re.IGNORECASE | re.MULTILINE,
)


def binary_kind(content: bytes) -> str | None:
    """Name what a content is that is no text; None for what may be one."""
    return next((kind for magic, kind in _BINARY.items() if content.startswith(magic)), None)


def text_kind(text: str) -> str:
    """Tell the kind of a table that is text."""
    head = text[:_HEAD]
    start = head.lstrip()
    if _TDAT.match(start):
        return TDAT
    if _PRINTED.match(start):
        return RULED
    if start.startswith("<") and not start.startswith("<SkyCoord"):
        return HTML if _HTML.match(start) else VOTABLE
    if start.startswith("# %ECSV"):
        return MIXED_ECSV if "__serialized_columns__" in text else ECSV
    return next((kind for kind, is_such in _SIGNS if is_such(start)), DELIMITED)


def _is_regions(head: str) -> bool:
    if head.lower().startswith("# region file format"):
        return True
    return _SHAPES.search(head) is not None and _REGION_FRAME.search(head) is not None


def _is_ipac(head: str) -> bool:
    """Whether the second line in bars names the types of the columns, as IPAC tables do."""
    bars = [line for line in head.splitlines()[:500] if not line.startswith("\\")][:2]
    if len(bars) < 2 or not all(line.startswith("|") for line in bars):
        return False
    types = [cell.strip().lower() for cell in bars[1].strip().strip("|").split("|")]
    return all(each in _IPAC_TYPES for each in types)


_SIGNS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (JSON, lambda head: _JSON.match(head) is not None),
    (CDS, lambda head: "Byte-by-byte Description" in head),
    (AASTEX, lambda head: "\\begin{" in head and "\\startdata" in head),
    (LATEX, lambda head: "\\begin{" in head),
    (SEXTRACTOR, lambda head: _SEXTRACTOR.match(head) is not None),
    (RST, lambda head: _RST.match(head) is not None),
    (RULED, lambda head: _RULED.match(head) is not None),
    (IPAC, _is_ipac),
    (REGIONS, _is_regions),
)
"""How each kind of text is recognised; the first that fits counts."""
