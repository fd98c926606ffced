"""The catalogue of maps: whole, as a form needs it, and as a map of the sky needs it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sptapi.representations.tree import Tree
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared
from sptjobs.obscore.observation import MapObservation
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN

_Key = tuple[str, str, str | None]
"""Band, file type and tag."""

_SHOWN = (
    "collection", "field", "season", "band", "filetype", "obsid", "tag", "date_beg", "date_end",
    "unit", "weight_unit", "beam_arcmin", "band_centre_ghz", "projection", "frame",
    "pixel_scale_arcmin", "shape", "compression", "footprint", "sha256", "size_bytes",
)  # fmt: skip


def map_list_head(snapshot: str) -> bytes:
    """Begin a list of maps."""
    return f'{{"snapshot": {json.dumps(snapshot)}, "maps": ['.encode()


def map_lines(shown: Sequence[MapObservation]) -> tuple[list[bytes], str]:
    """Describe maps, a line each, footprints as polygons of (ra, dec) [deg, ICRS]; and the last."""
    lines = [json.dumps(_map_tree(each)).encode() for each in shown]
    return lines, shown[-1].record.map_id if shown else ""


def map_list_tail(count: int, following: str | None) -> bytes:
    """End a list of maps, and say how many it has and where the next ones are."""
    return f'\n], "count": {count}, "next": {json.dumps(following)}}}\n'.encode()


def _map_tree(shown: MapObservation) -> Tree:
    record = shown.record
    named = {"id": record.map_id, "publisher_did": shown.publisher_did, "file": record.path}
    shown_too = {"pol_states": list(record.states)}
    return named | {name: getattr(record, name) for name in _SHOWN} | shown_too


def summary_tree(records: Sequence[MapRecord], snapshot: str, max_targets: int) -> Tree:
    """Describe what there is by band, file type and tag, and within which limits."""
    groups = _grouped(records)
    return {
        "snapshot": snapshot,
        "maps": len(records),
        "limits": {
            "targets": max_targets,
            "size_min": MIN_SIZE_ARCMIN,
            "size_max": MAX_SIZE_ARCMIN,
        },
        "groups": [_group(key, members) for key, members in sorted(groups.items(), key=_place)],
        "coadds": _coadds(records),
    }


def footprints_tree(records: Sequence[MapRecord], snapshot: str) -> Tree:
    """Describe where the maps lie: one footprint for each field of each group.

    Of the many footprints that single observations of one field have, which are
    almost alike, the commonest stands for all.
    """
    shown = []
    for (band, filetype, tag), members in sorted(_grouped(records).items(), key=_place):
        for field, shapes in _by_field(members).items():
            polygons, _ = shapes.most_common(1)[0]
            shown.append(
                {
                    "band": band,
                    "filetype": filetype,
                    "tag": tag,
                    "field": field,
                    "maps": shapes.total(),
                    "polygons": polygons,
                }
            )
    return {"snapshot": snapshot, "footprints": shown}


def _grouped(records: Iterable[MapRecord]) -> dict[_Key, list[MapRecord]]:
    groups: dict[_Key, list[MapRecord]] = defaultdict(list)
    for record in records:
        groups[record.band, record.filetype, record.tag].append(record)
    return groups


def _place(item: tuple[_Key, Any]) -> tuple[int, str, str, str]:
    (band, filetype, tag), _ = item
    return *_band_place(band), filetype, tag or ""


def _band_place(band: str) -> tuple[int, str]:
    """Bands stand as the site lists them."""
    return declared().place(band, "")[0], band


def _group(key: _Key, members: Sequence[MapRecord]) -> Tree:
    dates = sorted(record.date_beg[:10] for record in members if record.date_beg is not None)
    band, filetype, tag = key
    return {
        "band": band,
        "filetype": filetype,
        "tag": tag,
        "maps": len(members),
        "fields": sorted({record.region for record in members}),
        "first": dates[0] if dates else None,
        "last": dates[-1] if dates else None,
        "pixel_scale": members[0].pixel_scale_arcmin,
        "has_grid": any(record.has_grid for record in members),
        "pol_states": sorted({state for record in members for state in record.states}),
        "unit": _one({record.unit for record in members}),
        "beam": _one({record.beam_arcmin for record in members}),
    }


def _coadds(records: Iterable[MapRecord]) -> list[Tree]:
    tags: dict[str, list[MapRecord]] = defaultdict(list)
    for record in records:
        if record.tag is not None:
            tags[record.tag].append(record)
    return [
        {
            "tag": tag,
            "maps": len(members),
            "bands": sorted({record.band for record in members}, key=_band_place),
            "filetypes": sorted({record.filetype for record in members}),
            "fields": sorted({record.region for record in members}),
        }
        for tag, members in sorted(tags.items())
    ]


def _by_field(members: Iterable[MapRecord]) -> dict[str, Counter[Any]]:
    fields: dict[str, Counter[Any]] = defaultdict(Counter)
    for record in members:
        fields[record.region][record.footprint] += 1
    return dict(sorted(fields.items()))


def _one(values: set[Any]) -> Any:
    """The value that all have, None where they differ."""
    return values.pop() if len(values) == 1 else None
