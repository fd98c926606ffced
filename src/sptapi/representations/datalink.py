"""Links of maps: what can be had of each, and how.

References
----------
DataLink 1.1, sections 2.1 (parameters), 3.2 (columns) and 3.4 (faults); IVOA vocabulary
"datalink/core" for the semantics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sptapi.representations.service_descriptors import (
    FITS,
    LINKS_ID,
    Addresses,
    cutouts_of_map,
)
from sptapi.representations.votable import Descriptor, TableField, table_head, table_tail
from sptjobs.maps.sky_circle import around_footprint
from sptjobs.obscore.observation import MapObservation
from sptjobs.packs.forms import votable_rows

_PREVIEW_DEG = 0.5
"""Radius of the part of a map that a preview shows."""

_IMAGE = "#image"
_FIELDS = (
    TableField("ID", "unicodeChar", "Identifier as it was sent", "meta.id;meta.main"),
    TableField("access_url", "char", "Address of the link", "meta.ref.url"),
    TableField("service_def", "char", "ID of the service's description below", "meta.ref"),
    TableField("error_message", "unicodeChar", "Why there is no link", "meta.code.error"),
    TableField("description", "unicodeChar", "What it is", "meta.note"),
    TableField("semantics", "char", "What it is to the map, a word of datalink/core", "meta.code"),
    TableField("content_type", "char", "Media type", "meta.code.mime"),
    TableField("content_length", "long", "Size", "phys.size;meta.file", "byte"),
    TableField("content_qualifier", "char", "Kind of data product", None),
    TableField("local_semantics", "char", "The same link of other maps has the same", "meta.code"),
    TableField("link_auth", "char", "Whether one has to sign in", "meta.code"),
    TableField("link_authorized", "boolean", "Whether one is let in", "meta.code"),
)
_NAMES = tuple(field.name for field in _FIELDS)


@dataclass(frozen=True, slots=True)
class AskedMap:
    """An identifier as it was sent, and its map; without one a fault."""

    sent: str
    observation: MapObservation | None
    fault: str = ""


def links_document(
    addresses: Addresses, sia: str, asked: Sequence[AskedMap], limit: int, *, more: bool
) -> bytes:
    """Write the links of maps, those of each next to each other.

    Parameters
    ----------
    sia
        URL of queries for maps.
    limit
        Most rows.
    more
        Whether there are further maps that were asked for.
    """
    rows: list[list[Any]] = []
    described: list[Descriptor] = []
    overflow = more
    for number, each in enumerate(asked):
        services = _services(addresses, each, number)
        for row in _rows(addresses, sia, each, services):
            if len(rows) == limit:
                overflow = True
                break
            rows.append([row.get(name) for name in _NAMES])
            described += [service for service in services if service.id == row.get("service_def")]
        if overflow and len(rows) == limit:
            break
    head = table_head("links", {"standardID": LINKS_ID}, _FIELDS)
    return head + votable_rows(rows) + table_tail(overflow=overflow, descriptors=described)


def _services(addresses: Addresses, asked: AskedMap, number: int) -> list[Descriptor]:
    if asked.observation is None:
        return []
    return cutouts_of_map(addresses, asked.observation, number)


def _rows(
    addresses: Addresses, sia: str, asked: AskedMap, services: Sequence[Descriptor]
) -> Iterator[dict[str, Any]]:
    shown = asked.observation
    if shown is None:
        yield {"ID": asked.sent, "error_message": asked.fault, "semantics": "#this"}
        return
    same = {"ID": asked.sent, "link_auth": "true", "link_authorized": True}
    for service in services:
        yield same | {
            "service_def": service.id,
            "description": service.description,
            "semantics": "#cutout",
            "content_type": FITS,
            "content_qualifier": _IMAGE,
            "local_semantics": f"#{service.id.rpartition('_')[0]}",
        }
    yield same | {
        "access_url": _preview(addresses, shown),
        "description": f"The middle of the map, {2 * _PREVIEW_DEG:g} degree across",
        "semantics": "#preview",
        "content_type": "image/png",
        "content_qualifier": _IMAGE,
    }
    if shown.record.tag is not None:
        yield same | {
            "access_url": _progenitors(sia, shown),
            "description": "Maps of single observations of its band, kind, area and years",
            "semantics": "#progenitor",
            "content_type": "application/x-votable+xml",
        }


def _preview(addresses: Addresses, shown: MapObservation) -> str:
    middle = around_footprint(shown.record.footprint[:1])
    fields = {
        "ID": shown.publisher_did,
        "CIRCLE": f"{middle.ra:.5f} {middle.dec:.5f} {_PREVIEW_DEG:g}",
        "RESPONSEFORMAT": "image/png",
    }
    return f"{addresses.sync}?{urlencode(fields)}"


def _progenitors(sia: str, coadd: MapObservation) -> str:
    """A query for the maps that a coadd can have been made of: which ones were, no header says."""
    circle = coadd.circle
    fields = {
        "POS": f"CIRCLE {circle.ra:.5f} {circle.dec:.5f} {circle.radius:.5f}",
        "CALIB": "2",
        "FILETYPE": coadd.record.filetype,
    }
    for name, (low, high) in (("BAND", coadd.wavelengths), ("TIME", coadd.times)):
        if low is not None and high is not None:
            fields[name] = f"{low!r} {high!r}"
    return f"{sia}?{urlencode(fields)}"
