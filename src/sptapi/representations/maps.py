"""The catalogue of maps as JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sptjobs.maps.record import MapRecord

_SHOWN = (
    "collection", "field", "season", "band", "filetype", "obsid", "tag", "date_beg", "date_end",
    "unit", "weight_unit", "beam_arcmin", "band_centre_ghz", "projection", "frame",
    "pixel_scale_arcmin", "shape", "compression", "footprint", "sha256", "size_bytes",
)  # fmt: skip


def maps_tree(records: Iterable[MapRecord], snapshot: str) -> dict[str, Any]:
    """Describe maps: footprints are polygons of (ra, dec) [deg, ICRS]."""
    maps = [_map_tree(record) for record in records]
    return {"snapshot": snapshot, "count": len(maps), "maps": maps}


def _map_tree(record: MapRecord) -> dict[str, Any]:
    fields = asdict(record)
    return {"id": record.map_id, "file": record.path} | {name: fields[name] for name in _SHOWN}
