"""Headers of a tar's members, which depend on nothing but name, size and time."""

import tarfile
from collections.abc import Sequence
from functools import lru_cache

# The longest name that a header of no extension holds, the size that it has no digits for, and
# where size and sum stand.
_MAX_NAME, _MAX_SIZE, _SIZE, _SUM = 100, 8**11, 124, 148


def are_plain(names: Sequence[str], size: int) -> bool:
    """Whether the headers of members of a size are one block each."""
    fit = max(map(len, names)) <= _MAX_NAME and "".join(names).isascii()
    return fit and 0 <= size < _MAX_SIZE


def member_header(name: str, size: int, mtime: int = 0) -> bytes:
    """Header of a tar member that depends on nothing but these.

    Parameters
    ----------
    mtime
        Seconds since 1970.
    """
    if not are_plain([name], size):
        return _general_header(name, size, mtime)
    # The same bytes, at a tenth of the time.
    bare, bare_sum = _bare_header(mtime)
    written, digits = name.encode("ascii"), b"%011o" % size
    signed = b"%06o" % (bare_sum + sum(written) + sum(digits))
    rest = bare[len(written) : _SIZE], digits, bare[_SIZE + len(digits) : _SUM]
    return b"".join((written, *rest, signed, bare[_SUM + len(signed) :]))


def member_bytes(size: int) -> int:
    """What a member takes whose header is one block, with its padding."""
    return tarfile.BLOCKSIZE + size + -size % tarfile.BLOCKSIZE


def bare_header() -> bytes:
    """Header of an empty file without a name, of no time."""
    return _bare_header(0)[0]


def _general_header(name: str, size: int, mtime: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, mtime
    return member.tobuf(tarfile.PAX_FORMAT)


@lru_cache
def _bare_header(mtime: int) -> tuple[bytes, int]:
    """Header of an empty file without a name, and its sum without the size and the sum itself."""
    bare = _general_header("", 0, mtime)
    blank = bare[:_SIZE] + bare[_SIZE + 11 : _SUM] + b" " * 8 + bare[_SUM + 8 :]
    return bare, sum(blank)
