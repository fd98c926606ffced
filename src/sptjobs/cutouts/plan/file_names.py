"""Names of the files of a job."""

import re
from collections import Counter
from collections.abc import Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared
from sptjobs.products import stack

_UNSAFE = re.compile(r"[^A-Za-z0-9.+_-]+")


def map_suffixes(maps: Sequence[MapRecord]) -> tuple[str, ...]:
    """What each map adds to a target's name: ``<band>_<obsid>_<psth|fltd|cfltd>``.

    Maps that would get the same suffix (one observation kept in two files) get
    their field into it, ``<band>_<obsid>_<field>_<type>``; where that is not
    enough, the map's identifier and then its checksum. The result depends on the
    set of maps only.
    """
    spelt = tuple(_suffixes(record) for record in maps)
    chosen = [forms[0] for forms in spelt]
    for level in range(1, len(spelt[0]) if spelt else 0):
        counts = Counter(chosen)
        chosen = [
            forms[level] if counts[name] > 1 else name
            for forms, name in zip(spelt, chosen, strict=True)
        ]
    return tuple(chosen)


def gathered_name(
    stem: str, product: str, record: MapRecord, number: int = 0, suffix: str = ".fits"
) -> str:
    """Name a file that is made of several of a target's maps like one of them.

    Parameters
    ----------
    stem
        Name of the target's folder, below the out folder.
    number
        Among those of other units and grids, from 0.
    """
    return f"{stem}/{stem}_{_gathered(product, record, number)}{suffix}"


def stack_name(record: MapRecord, stem: str | None, number: int) -> str:
    """Name the file of a stack, below the out folder.

    Parameters
    ----------
    stem
        Stands for the value of STACK that its targets have, if they have one.
    number
        Among those of other units, shapes and scales, from 0.
    """
    of = "" if stem is None else f"_{stem}"
    return f"{stack.FOLDER}/{_gathered(stack.NAME, record, number)}{of}.fits"


def _gathered(product: str, record: MapRecord, number: int) -> str:
    kind = declared().short_name(record.filetype) if record.filetype else "map"
    tag = [] if record.tag is None else [record.tag]
    parts = f"{product}{number + 1 if number else ''}", record.band or "band", *tag, kind
    return "_".join(_UNSAFE.sub("-", part) for part in parts)


def _suffixes(record: MapRecord) -> tuple[str, str, str, str]:
    """Suffixes of one map from the usual to the surest."""
    band, obsid, field, map_id = (
        _UNSAFE.sub("-", text) for text in (record.band, record.obsid, record.field, record.map_id)
    )
    if not (record.band and record.obsid and record.filetype):
        # An image that is nobody's observation has the name of its file.
        return map_id, map_id, map_id, f"{map_id}_{record.sha256[:16]}"
    kind = declared().short_name(record.filetype)
    return (
        f"{band}_{obsid}_{kind}",
        f"{band}_{obsid}_{field}_{kind}",
        f"{band}_{obsid}_{field}_{map_id}_{kind}",
        f"{band}_{obsid}_{field}_{map_id}_{record.sha256[:16]}_{kind}",
    )
