"""Broken FITS files: small maps, each spoilt in one of the ways that files break, by a seed."""

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tests.fuzz.maps.whole import OBSID, Hdu, WholeMap

CARD, BLOCK = 80, 2880


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken file: the kind of damage, the whole map, and its bytes as stored."""

    kind: str
    whole: WholeMap
    stored: bytes


def broken(chance: random.Random, maps: Sequence[WholeMap], obsid: str = OBSID) -> Broken:
    """Break one of some maps, under an observation number of nine digits, in one of the ways."""
    whole = chance.choice(maps).numbered(obsid)
    kind = chance.choice(sorted(BEFORE_ZIPPING) + sorted(AFTER_ZIPPING))
    if kind in AFTER_ZIPPING:
        return Broken(kind, whole, AFTER_ZIPPING[kind](chance, whole.stored(whole.content)))
    return Broken(kind, whole, whole.stored(BEFORE_ZIPPING[kind](chance, whole)))


def fitted(content: bytes, size: int) -> bytes:
    """Cut bytes, or fill them up with zeros, to a size."""
    return content[:size].ljust(size, b"\0")


# ---- values of cards

NUMBERS = (
    "NaN", "inf", "-inf", "1E999", "1D400", "-1E308", "1E-320", "0", "-0.0", "-1", "1", "90.0",
    "-90.0", "180", "1E30", "2147483647", "-2147483648", "9223372036854775807", "1.0D2", "0x10",
    "1,5", "(1,2)", "99999999999999999999999999",
)  # fmt: skip
TEXTS = (
    "''", "'", "'a''b", "'NaN'", "'1'", "'" + "x" * 66 + "&'", "T", "F", "U", "", "'é'", "'\x00'",
    "'RICE_1'", "'GZIP_1'", "'GZIP_2'", "'HCOMPRESS_1'", "'PLIO_1'", "'NOCOMPRESS'", "'1PB(0)'",
    "'1QD(99999999)'", "'1PJ'", "'0A'", "'ICRS'", "'FK4'", "'RA---TAN'", "'DEC--SIP'", "'GLON-CAR'",
    "'NO_DITHER'", "'SUBTRACTIVE_DITHER_2'", "'deg'", "'SCI'", "'WGT'", "'BINTABLE'", "'IMAGE'",
)  # fmt: skip
SIZES = (0, 1, 2, 3, 95, 97, 1000, 65536, 2**31 - 1, 2**31, 2**63 - 1, -1, -(2**31))
STRUCTURE = (
    "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "TFIELDS", "THEAP", "ZBITPIX",
    "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2",
)  # fmt: skip
COMPRESSION = (
    "ZCMPTYPE", "ZNAME1", "ZVAL1", "ZNAME2", "ZVAL2", "ZQUANTIZ", "ZDITHER0", "ZBLANK", "ZSCALE",
    "ZZERO", "TFORM1", "TFORM2", "TFORM3", "TFORM4", "TTYPE1", "TTYPE2", "TTYPE3", "ZIMAGE",
    "ZTENSION", "ZMASKCMP",
)  # fmt: skip
GRID = (
    "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2", "CTYPE1", "CTYPE2", "CUNIT1",
    "LONPOLE", "LATPOLE", "EQUINOX", "RADESYS", "WCSAXES", "PC1_1", "PC1_2", "PC2_1", "CD1_1",
    "PV2_1", "PV1_3", "CROTA2",
)  # fmt: skip
NUMBERING = (
    "NSIDE", "ORDERING", "INDXSCHM", "COORDSYS", "PIXTYPE", "FIRSTPIX", "LASTPIX", "BAD_DATA",
    "TTYPE1", "TTYPE2", "TTYPE3", "TFORM1", "TFORM2", "TFORM3", "TNULL2", "TSCAL2", "TZERO2",
    "TZERO1", "TFIELDS", "NAXIS1", "NAXIS2", "POLCCONV",
)  # fmt: skip
NUMBERINGS = (
    "'RING'", "'NESTED'", "'IMPLICIT'", "'EXPLICIT'", "'G'", "'E'", "'Q'", "'PIXEL'", "'TT'",
    "'1024E'", "'1D'", "'1J'", "'1K'", "'1PE(9)'", "'999999999E'", 64, 3, 2**29, 2**30,
)  # fmt: skip
SCALING = ("BSCALE", "BZERO", "BLANK", "BUNIT", "ISWEIGHT", "WEIGHTED", "X0", "Y0", "DATE-BEG")


def _card(name: str, value: object) -> bytes:
    return f"{name:<8}= {value!s:>20}".encode("utf-8", "replace")[:CARD].ljust(CARD)


def _image(chance: random.Random, whole: WholeMap) -> Hdu:
    """One of the two HDUs that hold pixels, seldom the primary one."""
    return whole.hdus[chance.choice((0, 1, 1, 1, 1, 2, 2, 2, 2))]


def _with_card(content: bytes, hdu: Hdu, name: str, value: object) -> bytes:
    """Change a card of a header, or put it where the header ends, without moving the data."""
    header = content[hdu.start : hdu.data]
    cards = [header[i : i + CARD] for i in range(0, len(header), CARD)]
    names = [card[:8].rstrip() for card in cards]
    wanted = name.encode()
    if wanted in names:
        cards[names.index(wanted)] = _card(name, value)
    else:
        end = names.index(b"END")
        cards.insert(end, _card(name, value))
        if len(cards) * CARD > len(header) and cards[-1].strip() == b"":
            cards.pop()
    return content[: hdu.start] + b"".join(cards) + content[hdu.data :]


def _lie(
    names: Sequence[str], values: Sequence[object]
) -> Callable[[random.Random, WholeMap], bytes]:
    """Make a mutation that changes one to three cards of some names."""

    def lie(chance: random.Random, whole: WholeMap) -> bytes:
        content = whole.content
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            hdu = _image(chance, whole)
            content = _with_card(content, hdu, chance.choice(names), chance.choice(values))
        return content

    return lie


def _both_lie(chance: random.Random, whole: WholeMap) -> bytes:
    """State the same lie about both images, which alone would differ."""
    content, name = whole.content, chance.choice((*STRUCTURE, *COMPRESSION, *GRID))
    value = chance.choice((*NUMBERS, *TEXTS, *SIZES))
    for hdu in whole.hdus[1:]:
        content = _with_card(content, hdu, name, value)
    return content


def _any_card(chance: random.Random, whole: WholeMap) -> bytes:
    """Give any card of a header another value, name or bytes."""
    hdu = _image(chance, whole)
    place = chance.randrange(hdu.start, hdu.data, CARD)
    name = whole.content[place : place + 8].decode().strip() or "JUNK"
    card = chance.choice(
        (
            _card(name, chance.choice((*NUMBERS, *TEXTS, *SIZES))),
            _card(name.lower(), 1),
            chance.randbytes(CARD),
            b"CONTINUE  'x&'".ljust(CARD),
            f"HIERARCH {name} = 'x".encode().ljust(CARD),
            b"\xff" * CARD,
        )
    )
    return whole.content[:place] + card[:CARD] + whole.content[place + CARD :]


def _moved(chance: random.Random, whole: WholeMap) -> bytes:
    """Put bytes in, or take them out: everything behind them moves."""
    place, count = chance.randrange(len(whole.content)), chance.choice((1, 7, 80, 2879, 2880))
    if chance.random() < 0.5:
        return whole.content[:place] + bytes(count) + whole.content[place:]
    return whole.content[:place] + whole.content[place + count :]


def _cut_short(chance: random.Random, content: bytes) -> bytes:
    """End early: anywhere, at a block, or with nothing."""
    end = chance.choice((0, 1, chance.randrange(len(content)), chance.randrange(len(content))))
    return content[: end - end % BLOCK if chance.random() < 0.3 else end]


def _flipped(chance: random.Random, content: bytes, begin: int, end: int) -> bytes:
    """Flip one to twenty bits of a stretch."""
    harmed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        if end > begin:
            harmed[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
    return bytes(harmed)


def _flips_in_header(chance: random.Random, whole: WholeMap) -> bytes:
    hdu = _image(chance, whole)
    return _flipped(chance, whole.content, hdu.start, hdu.data)


def _flips_in_pixels(chance: random.Random, whole: WholeMap) -> bytes:
    return _flipped(chance, whole.content, *chance.choice(whole.heap))


def _flips_in_descriptors(chance: random.Random, whole: WholeMap) -> bytes:
    """Flip bits between header and heap: which tile is where, and its scale."""
    which = chance.randrange(2)
    begin, end = whole.hdus[which + 1].data, whole.heap[which][0]
    return _flipped(chance, whole.content, begin, max(end, begin + 64))


def _junk_in_pixels(chance: random.Random, whole: WholeMap) -> bytes:
    """Write zeros, ones, noise or another stretch of the same file over pixels."""
    begin, end = chance.choice(whole.heap)
    place = chance.randrange(begin, end)
    size = min(chance.choice((1, 4, 64, 512, 4096)), end - place)
    other = chance.randrange(len(whole.content) - size)
    junk = (bytes(size), b"\xff" * size, chance.randbytes(size), whole.content[other:][:size])
    return whole.content[:place] + chance.choice(junk) + whole.content[place + size :]


def _without_end(chance: random.Random, whole: WholeMap) -> bytes:
    """Take END out of a header, or the headers' last cards with it."""
    hdu = _image(chance, whole)
    header = whole.content[hdu.start : hdu.data]
    end = header.rfind(b"END".ljust(CARD))
    gap = chance.choice((b" " * CARD, b"END    =".ljust(CARD), b"\0" * CARD))
    return whole.content[: hdu.start + end] + gap + whole.content[hdu.start + end + CARD :]


def _other_order(chance: random.Random, whole: WholeMap) -> bytes:
    """Swap, repeat or leave out HDUs, or put one image's header on the other's pixels."""
    primary, sci, wgt = (whole.content[each.start : each.end] for each in whole.hdus)
    _, first, second = whole.hdus
    crossed = (
        whole.content[first.start : first.data] + whole.content[second.data : second.end],
        whole.content[second.start : second.data] + whole.content[first.data : first.end],
    )
    return b"".join(
        chance.choice(
            (
                (primary, wgt, sci), (primary, sci), (primary, wgt), (primary, sci, sci),
                (primary, sci, wgt, wgt), (sci, wgt), (primary, primary, sci, wgt), (primary,),
                (primary, *crossed), (primary, sci, wgt, sci), (wgt, sci, primary),
                (primary, sci, primary, wgt), (primary, sci, wgt) * 3,
            )
        )
    )  # fmt: skip


def _junk(chance: random.Random, stored: bytes) -> bytes:
    """Write random bytes, from some place on or all through."""
    place = chance.choice((0, 30, BLOCK, chance.randrange(len(stored))))
    return stored[:place] + chance.randbytes(min(len(stored) - place, 8192))


def _spoilt_as_stored(chance: random.Random, stored: bytes) -> bytes:
    """Damage the stored bytes: of a zipped file its headers, streams and sums."""
    begin, end = chance.choice(((0, 20), (0, len(stored)), (len(stored) - 8, len(stored))))
    ways = (
        _flipped(chance, stored, begin, end),
        stored + chance.randbytes(chance.choice((1, 10, 3000))),
        stored + stored,
        gzip.compress(stored, 1),
        stored[:end] + stored[begin:],
    )
    return chance.choice(ways)


def _sparse_pixels(chance: random.Random, whole: WholeMap) -> bytes:
    """Give pixels values that are no numbers, or no weights."""
    begin, end = chance.choice(whole.heap)
    value = chance.choice((np.nan, np.inf, -np.inf, -1.0, 3e38, 1e-45))
    size = (end - begin) // 4 * 4
    return (
        whole.content[:begin]
        + np.full(size // 4, value, ">f4").tobytes()
        + whole.content[begin + size :]
    )


numbered_wrongly = _lie(NUMBERING, (*NUMBERS, *TEXTS, *SIZES, *NUMBERINGS))
"""Lies of a HEALPix map about its pixels and columns."""

BEFORE_ZIPPING: Mapping[str, Callable[[random.Random, WholeMap], bytes]] = {
    "any card": _any_card,
    "axes": _lie(STRUCTURE, SIZES),
    "axes as text": _lie(STRUCTURE, (*NUMBERS, *TEXTS)),
    "compression": _lie(COMPRESSION, (*NUMBERS, *TEXTS, *SIZES)),
    "grid": _lie(GRID, (*NUMBERS, *TEXTS)),
    "scaling": _lie(SCALING, (*NUMBERS, *TEXTS)),
    "the same of both": _both_lie,
    "moved": _moved,
    "bits of headers": _flips_in_header,
    "bits of pixels": _flips_in_pixels,
    "bits of descriptors": _flips_in_descriptors,
    "junk in pixels": _junk_in_pixels,
    "no numbers": _sparse_pixels,
    "no END": _without_end,
    "other order": _other_order,
}
"""Ways to break a map's bytes, before they are zipped where they are."""

AFTER_ZIPPING: Mapping[str, Callable[[random.Random, bytes], bytes]] = {
    "cut short": _cut_short,
    "junk": _junk,
    "as stored": _spoilt_as_stored,
}
"""Ways to break the bytes as they are stored."""
