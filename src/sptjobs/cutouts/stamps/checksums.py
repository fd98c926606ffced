"""Checksums of HDUs, of many at once.

References
----------
FITS Standard 4.0, section 4.4.2.7 and appendix J.
"""

import numpy as np
from numpy.typing import NDArray

Sums = NDArray[np.uint64]
Bytes = NDArray[np.uint8]

_PUNCTUATION = frozenset(b":;<=>?@[\\]^_`")
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def ones_complement_sum(data: bytes) -> int:
    """32-bit ones' complement sum of whole blocks; 0 for none."""
    return int(word_sums(np.frombuffer(data, ">u4").astype(np.uint32).reshape(1, -1))[0])


def word_sums(words: NDArray[np.uint32]) -> Sums:
    """32-bit ones' complement sum of each row of words.

    Parameters
    ----------
    words
        Shape (n, words), in the order of this machine's bytes, rows without gaps.
    """
    if words.shape[1] % 2:
        return with_carries(words.sum(axis=1, dtype=np.uint64))
    # Two words are added at a time; what the sum loses by overflowing, the upper words tell.
    pairs = words.view(np.uint64)
    wrapped = pairs.sum(axis=1, dtype=np.uint64)
    upper = (pairs >> _HALF).sum(axis=1, dtype=np.uint64)
    return with_carries(wrapped - (upper << _HALF) + upper)


def with_carries(totals: Sums) -> Sums:
    """Bring sums into 32 bits, each carry added at the lower end."""
    for _ in range(2):
        totals = (totals & _LOW) + (totals >> _HALF)
    return totals


def encoded(totals: Sums) -> Bytes:
    """ASCII forms (n, 16) of the complements of sums (appendix J.2)."""
    complements = (~totals & _LOW).astype(">u4").reshape(-1, 1).view(np.uint8)
    # On its card the text begins with the last byte of a word.
    return FOUR_CHARACTERS[complements].transpose(0, 2, 1).reshape(-1, 16)[:, _ROTATED]


def _form(number: int) -> list[int]:
    """Four characters, none of them punctuation, whose codes add up to a byte and four zeros."""
    quotient, remainder = divmod(number, 4)
    four = [quotient + remainder, quotient, quotient, quotient]
    four = [part + 0x30 for part in four]
    while _PUNCTUATION.intersection(four):
        for pair in (0, 2):
            if _PUNCTUATION.intersection(four[pair : pair + 2]):
                four[pair] += 1
                four[pair + 1] -= 1
    return four


_ROTATED = np.roll(np.arange(16), 1)

FOUR_CHARACTERS = np.array([_form(number) for number in range(256)], dtype=np.uint8)
"""The four characters of each byte of a checksum."""
