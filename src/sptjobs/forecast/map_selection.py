"""Which catalogued maps a request asks for. Nothing here looks at the sky.

Whether a map can hold any of the targets is a question of footprints, which the
planning decides; the rules here are about bands, types, tags and times.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.uws.errors import ParameterError

_SHOWN_TAGS = 20
"""Tags that a message names."""

_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


def select_maps(records: Sequence[MapRecord], request: CutoutRequest) -> tuple[MapRecord, ...]:
    """Choose the maps that qualify, in the order of the manifest.

    Tags choose coadds. Dates, and times of targets, choose single observations: by
    the day of their beginning (DATE-BEG), and by the overlap of the observation
    with the times of any target. Tags and times together choose both. With
    neither, the newest coadd qualifies of each field, band and file type asked for.

    A map that is asked for by its id qualifies whatever it is, unless it was observed at other
    times. Maps that hold none of the states of polarisation that are asked for do not qualify.

    Returns
    -------
    tuple
        Sorted by band, file type, field, date and observation.
    """
    asked = [r for r in records if r.band in request.bands and r.filetype in request.filetypes]
    if request.polarizations:
        asked = [r for r in asked if not set(request.polarizations).isdisjoint(r.states)]
    chosen = [record for record in asked if record.tag is not None and record.tag in request.coadds]
    if request.map_ids:
        chosen = _named(asked, request)
    elif request.has_times:
        chosen += _observations(asked, request)
    elif not request.coadds:
        chosen += _newest(asked)
    return tuple(sorted(chosen, key=_place))


def _named(records: Iterable[MapRecord], request: CutoutRequest) -> list[MapRecord]:
    """Maps that are asked for by their ids."""
    named = [record for record in records if record.map_id in set(request.map_ids)]
    if request.coadds:
        named = [record for record in named if record.tag in request.coadds]
    if not request.has_times:
        return named
    # When a coadd was observed is not known, so that no time contradicts it.
    return [each for each in named if each.observed is None] + _observations(named, request)


def unknown_maps(records: Iterable[MapRecord], request: CutoutRequest) -> tuple[str, ...]:
    """Ids of the request that no catalogued map has, in its order."""
    known = {record.map_id for record in records}
    return tuple(map_id for map_id in request.map_ids if map_id not in known)


def catalogue_problems(
    records: Sequence[MapRecord], request: CutoutRequest
) -> tuple[ParameterError, ...]:
    """Name the maps and the tags of the request that are not catalogued, or not as asked for."""
    absent = unknown_maps(records, request) if request.map_ids else ()
    unknown = (ParameterError("there is no such map", field="ID", value=each) for each in absent)
    tags = _tag_problems(records, request) if request.coadds else ()
    return (*unknown, *tags, *_plane_problems(records, request))


def _plane_problems(
    records: Iterable[MapRecord], request: CutoutRequest
) -> Iterator[ParameterError]:
    """Name the maps of the request that hold none of the states of polarisation it asks for."""
    asked, named = set(request.polarizations), set(request.map_ids)
    for record in records if asked and named else ():
        if record.map_id in named and asked.isdisjoint(record.states):
            message = f"map {record.map_id} holds {', '.join(record.states)}, none of these"
            value = ",".join(request.polarizations)
            yield ParameterError(message, field="POL", value=value)


def _tag_problems(
    records: Iterable[MapRecord], request: CutoutRequest
) -> tuple[ParameterError, ...]:
    """Name the tags of the request that no catalogued map has, and those that there are.

    A job that is repeated for newer maps may name a tag that has been withdrawn since.
    """
    if request.since is not None:
        return ()
    known = sorted({record.tag for record in records if record.tag is not None})
    shown = ", ".join(known[:_SHOWN_TAGS]) + (", ..." if len(known) > _SHOWN_TAGS else "")
    there = f"there are {shown}" if known else "there are no coadds"
    return tuple(
        ParameterError(f"no map has this tag; {there}", field="COADD", value=tag)
        for tag in sorted(set(request.coadds).difference(known))
    )


def _observations(records: Iterable[MapRecord], request: CutoutRequest) -> list[MapRecord]:
    intervals = _merged(request.targets)
    first = request.date_start.isoformat() if request.date_start else ""
    last = request.date_end.isoformat() if request.date_end else "9999-12-31"
    return [
        record
        for record in records
        if record.tag is None
        and record.date_beg is not None
        # Days compare as texts in ISO 8601; cutting off the time makes both ends whole.
        and first <= record.date_beg[:10] <= last
        and _meets(intervals, record)
    ]


def _merged(targets: Sequence[Target]) -> list[tuple[float, float]]:
    """The union of the targets' times as disjoint intervals in order [MJD]."""
    lowest, highest = float("-inf"), float("inf")
    ends = sorted(
        {
            (lowest if t.tmin is None else t.tmin, highest if t.tmax is None else t.tmax)
            for t in targets
        }
    )
    merged: list[tuple[float, float]] = []
    for start, end in ends:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _meets(intervals: list[tuple[float, float]], record: MapRecord) -> bool:
    """Whether the observation overlaps one of the intervals, ends included."""
    if record.observed is None:
        return False
    begin, end = record.observed
    at = bisect_right(intervals, (end, float("inf")))
    return at > 0 and intervals[at - 1][1] >= begin


def _newest(records: Iterable[MapRecord]) -> list[MapRecord]:
    """The newest coadd of each region, band and file type."""
    best: dict[tuple[str, str, str], MapRecord] = {}
    for record in records:
        if record.tag is None:
            continue
        key = (record.region, record.band, record.filetype)
        if key not in best or _age(record) > _age(best[key]):
            best[key] = record
    return list(best.values())


def _age(record: MapRecord) -> tuple[int, int, str, str]:
    """Sorts coadds from old to new: by the last year in the tag, or in the season.

    Of two coadds that end in the same year, the one that begins later is the more
    recent; what is left is decided by the names, so that the choice is always the
    same.
    """
    tag = record.tag or ""
    years = _YEAR.findall(tag) or _YEAR.findall(record.season or "") or ["0"]
    return int(max(years)), int(min(years)), tag, record.map_id


def _place(record: MapRecord) -> tuple[tuple[int, int, str, str], str, str, str, str]:
    """Where a map stands in the manifest."""
    return (
        declared().place(record.band, record.filetype),
        record.field,
        record.date_beg or "",
        record.obsid,
        record.map_id,
    )
