"""The maps of ``sptjobs cutout``: any FITS image with a WCS of the sky."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sptjobs.archive.collection import Collection, read_collection
from sptjobs.archive.map_reader import MapReader
from sptjobs.archive.scan import check_regular
from sptjobs.maps.declaration import FILE_NAME
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site
from sptjobs.maps.statement import NO_WEIGHTS, Hdu
from sptjobs.uws.errors import UsageError


@dataclass(frozen=True, slots=True)
class ChosenHdus:
    """HDUs of the pixels and the weights of all maps; None where each file has to tell."""

    image: Hdu | None = None
    weights: Hdu | None = None

    @classmethod
    def of(cls, image: str | None, weights: str | None) -> "ChosenHdus":
        """Read the values of ``--hdu`` and ``--weights``: a number, a name, or ``none``."""
        if weights is not None and weights.strip().lower() == NO_WEIGHTS:
            weights = NO_WEIGHTS
        return cls(*(_hdu(text) for text in (image, weights)))


def _hdu(text: str | None) -> Hdu | None:
    if text is None:
        return None
    return int(text) if text.strip().isdecimal() else text.strip()


def read_maps(
    paths: Sequence[Path], chosen: ChosenHdus, reader: MapReader
) -> tuple[list[MapRecord], int]:
    """Records of the maps that can be read, and how many cannot.

    Raises
    ------
    UsageError
        None can, or two have one name.
    """
    records = []
    for path in paths:
        try:
            records.append(_record(path.absolute(), chosen, reader))
        except (MapError, OSError) as error:
            print(f"sptjobs cutout: {path}: {error}", file=sys.stderr)
    if not records:
        raise UsageError("none of the maps can be read")
    for map_id, count in Counter(record.map_id for record in records).items():
        if count > 1:
            raise UsageError(f"MAP: {count} maps are named {map_id}, so that files would mix")
    return records, len(paths) - len(records)


def _record(path: Path, chosen: ChosenHdus, reader: MapReader) -> MapRecord:
    """Record of a map, with what a ``collection.toml`` beside it states and confirms."""
    check_regular(path.stat())
    beside = path.parent / FILE_NAME
    confirmed = Collection()
    if beside.exists():
        declare_site(_declaring(path.parent))
        confirmed = read_collection(beside)
    stated = replace(confirmed.statement(path), any_image=True)
    if chosen.image is not None or chosen.weights is not None:
        stated = replace(stated, image=chosen.image, weights=chosen.weights)
    record = reader.read(path, str(path), stated=stated)
    facts: dict[str, Any] = confirmed.facts(record.filetype, record.band, stated)
    return replace(record, **facts)


def _declaring(folder: Path) -> Path:
    """The folder whose ``collection.toml`` declares for another: the topmost that has one."""
    while (folder.parent / FILE_NAME).is_file():
        folder = folder.parent
    return folder
