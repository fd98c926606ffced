"""From the bytes of a table to its text: packed by gzip, or in one of the usual encodings."""

import codecs
import zlib

from sptjobs.request.reading_apart import require_process
from sptjobs.request.tables import refuse_table
from sptjobs.uws.errors import TooLargeError
from sptjobs.uws.xml_text import illegal_character

MAX_TABLE_BYTES = 16 << 20
"""Room for the largest allowed table of targets, with every column."""

_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def unpack_table(content: bytes) -> bytes:
    """Unpack what gzip packed, up to the size that a table may have.

    Raises
    ------
    InvalidRequestError
        It is damaged.
    TooLargeError
        It is larger than ``MAX_TABLE_BYTES``.
    """
    if not content.startswith(_GZIP):
        return content
    require_process()
    unpacked = bytearray()
    rest = content
    while rest.startswith(_GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            unpacked += unpacker.decompress(rest, MAX_TABLE_BYTES + 1 - len(unpacked))
        except zlib.error:
            refuse_table("the table is packed by gzip and damaged")
        if len(unpacked) > MAX_TABLE_BYTES:
            raise TooLargeError(
                f"POSITIONS: the table unpacks to more than {MAX_TABLE_BYTES >> 20} MB; keep the "
                "columns that are used, or divide it"
            )
        if not unpacker.eof:
            refuse_table("the table is packed by gzip and cut short")
        rest = unpacker.unused_data
    if bytes(unpacked[:2]) == _GZIP:
        refuse_table("the table is packed by gzip twice; unpack it once")
    return bytes(unpacked)


def decode_table(content: bytes) -> tuple[str, str]:
    """Decode a text, and name its encoding.

    Text that is neither UTF-8 nor UTF-16 is read as Windows-1252, which has all of
    Latin-1: numbers are the same in every such encoding, letters of names may not be.

    Raises
    ------
    InvalidRequestError
        It is no text, or holds what the job could not show in XML.
    """
    text, encoding = _decoded_text(content)
    found = illegal_character(text)
    if found is not None:
        refuse_table(f"the table is not text: it holds the character U+{ord(found):04X}")
    return text, encoding


def _decoded_text(content: bytes) -> tuple[str, str]:
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return _decoded(content, codec), codec.upper().removesuffix("-SIG")
    if b"\0" in content:
        return _decoded(content, _unmarked(content)), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        place = error.start
    text = content.decode("cp1252", "replace")
    # The five bytes that Windows-1252 has no letter for are controls in Latin-1.
    if "\N{REPLACEMENT CHARACTER}" in text or illegal_character(text) is not None:
        message = f"the table is neither UTF-8 nor Latin-1 text: byte {place + 1} cannot be read"
        refuse_table(message, repr(content[place : place + 4])[2:-1])
    return text, "Latin-1"


def _unmarked(content: bytes) -> str:
    """Tell which UTF-16 it is without a mark: every second byte of such text is 0."""
    start = content[:200]
    counts = {"utf-16-le": start[1::2].count(0), "utf-16-be": start[::2].count(0)}
    likely = max(counts, key=counts.__getitem__)
    if len(content) % 2 or counts[likely] < len(start) / 4 or min(counts.values()):
        refuse_table("the table is not text: it holds NUL bytes")
    return likely


def _decoded(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        message = f"the table is not {codec.upper()} text: byte {error.start + 1} cannot be read"
        refuse_table(message)
