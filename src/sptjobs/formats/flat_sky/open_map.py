"""Opening a map file, and reading windows of its two images.

A ``.gz`` file is unpacked into an unnamed temporary file first.
"""

import gzip
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from astropy.io import fits

from sptjobs.formats.flat_sky.geometry import Box
from sptjobs.formats.flat_sky.images import Image, PlainImage, RowImage
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_DAMAGE = (ValueError, LookupError, TypeError, EOFError, zlib.error, fits.VerifyError)
"""What reading a damaged FITS or gzip file raises, besides OSError."""


@dataclass(frozen=True, slots=True)
class OpenMap:
    """An open map: its record, the headers of its images, and their pixels."""

    record: MapRecord
    sci_header: fits.Header
    wgt_header: fits.Header
    sci: Image
    wgt: Image


@contextmanager
def open_map(archive: Path, record: MapRecord, expected: Sequence[Box]) -> Iterator[OpenMap]:
    """Open a catalogued map.

    Parameters
    ----------
    archive
        Folder that ``record.path`` is relative to.
    expected
        About the windows that will be asked for, each on the map.

    Raises
    ------
    MapError
        The file is missing, is not the one that was catalogued, or is not readable.
    """
    with ExitStack() as stack:
        try:
            stream: IO[bytes] = stack.enter_context((archive / record.path).open("rb"))
            _check_unchanged(stream, record)
            if record.compression == "gzip":
                stream = stack.enter_context(_unpacked(stream))
            hdus = stack.enter_context(
                fits.open(stream, memmap=True, lazy_load_hdus=True, cache=False)
            )
            opened = OpenMap(
                record,
                hdus[record.sci_hdu].header,
                hdus[record.wgt_hdu].header,
                _image(hdus, record.sci_hdu, record, stream, expected),
                _image(hdus, record.wgt_hdu, record, stream, expected),
            )
        except OSError as error:
            why = error.strerror or "is not a readable FITS file"
            raise MapError(f"the map file cannot be read: {why}") from error
        except _DAMAGE as error:
            raise MapError(f"the map file is damaged: {error}") from error
        yield opened


def _check_unchanged(stream: IO[bytes], record: MapRecord) -> None:
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise MapError("the map file cannot be read: it is not a regular file")
    if (found.st_size, found.st_mtime_ns) != (record.size_bytes, record.mtime_ns):
        raise MapError("the map file has changed since it was catalogued")


@contextmanager
def _unpacked(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """The content of a ``.gz`` file, in a file without a name: a killed process leaves nothing."""
    with tempfile.TemporaryFile(prefix="sptjobs-") as unpacked:
        with gzip.GzipFile(fileobj=stream) as packed:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
        unpacked.flush()
        # Opened once more, for reading only, as the FITS reader wants it.
        with Path(f"/proc/self/fd/{unpacked.fileno()}").open("rb") as readable:
            yield readable


def _image(
    hdus: fits.HDUList,
    index: int,
    record: MapRecord,
    stream: IO[bytes],
    expected: Sequence[Box],
) -> Image:
    hdu = hdus[index]
    if tuple(hdu.shape) != record.shape:
        raise MapError(f"the map's HDU {index} is not the image that was catalogued")
    if isinstance(hdu, fits.CompImageHDU):
        return RowImage(hdu, int(hdu.tile_shape[0]), expected)
    bitpix = hdu.header["BITPIX"]
    if bitpix not in {-32, -64} or "BSCALE" in hdu.header or "BZERO" in hdu.header:
        return RowImage(hdu, 1, expected)
    offset = hdus.fileinfo(index)["datLoc"]
    if offset + hdu.size > os.fstat(stream.fileno()).st_size:
        raise MapError("the map file is damaged: it ends before its last pixel")
    return PlainImage(stream, offset, f">f{-bitpix // 8}", record.shape)
