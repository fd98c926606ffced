"""The coadds as layers of the sky that can be looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

from sptapi.representations.tree import Tree
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared
from sptjobs.pyramids.levels import TILE_SIDE, Levels
from sptjobs.pyramids.tile_cache import TilesKey

_LIMIT_RMS = 4.0
"""Half width of the suggested stretch, in robust standard deviations."""
_LIMIT_LEVELS = 2
"""Levels above the finest whose scatter it is of: there the noise of pixels is averaged to about
that of a beam."""


def layers_tree(records: Iterable[MapRecord], snapshot: str) -> Tree:
    """Describe the layers, in the order of bands, kinds and tags."""
    kinds = declared()
    ordered = sorted(
        records, key=lambda each: (*kinds.place(each.band, each.filetype), each.tag or "")
    )
    return {
        "snapshot": snapshot,
        "tile_side": TILE_SIDE,
        "layers": [layer_tree(record) for record in ordered],
    }


def layer_tree(record: MapRecord) -> Tree:
    """Describe a map: its grid, by the cards of its WCS, and its levels, coarsest first."""
    levels = Levels.of(record.shape)
    return {
        "id": record.map_id,
        "version": layer_version(record),
        "band": record.band,
        "filetype": record.filetype,
        "tag": record.tag,
        "field": record.region,
        "unit": record.unit,
        "weight_unit": record.weight_unit,
        "planes": ["SCI", "WGT"] if record.has_weights else ["SCI"],
        "beam_arcmin": record.beam_arcmin,
        "width": levels.width,
        "height": levels.height,
        "observed_box": record.observed_box,
        "pixel_scale_arcmin": record.pixel_scale_arcmin,
        "projection": record.projection,
        "frame": record.frame,
        "wcs": record.wcs,
        "levels": [_level_tree(levels, level) for level in range(levels.count)],
    }


def statistics_tree(record: MapRecord, plane: str, about: Mapping[str, Any]) -> Tree:
    """Describe the scatter of a map's pixels, and between which values to show it."""
    found = about["levels"]
    chosen = found[max(0, len(found) - 1 - _LIMIT_LEVELS)]
    middle, rms = chosen["median"], chosen["rms"]
    limits = None if rms is None else [middle - _LIMIT_RMS * rms, middle + _LIMIT_RMS * rms]
    return {
        "id": record.map_id,
        "version": layer_version(record),
        "plane": plane,
        "limits": limits,
        "levels": found,
    }


def layer_version(record: MapRecord) -> str:
    """What changes with the content of a map's file."""
    return TilesKey.of(record, "").version[:16]


def _level_tree(levels: Levels, level: int) -> Tree:
    (width, height), (across, up) = levels.size(level), levels.tiles(level)
    return {
        "factor": levels.factor(level),
        "width": width,
        "height": height,
        "tiles_across": across,
        "tiles_up": up,
    }
