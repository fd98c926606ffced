"""Maps of given pixels, and targets at given places of them."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Target
from tests.support.small_maps import Cards, make_map, wcs_cards

CONFIRMED = {"unit": "mJy", "weight_unit": "mJy-2", "beam_arcmin": 1.2, "filetype": "filtered"}


def known_map(
    folder: Path,
    sci: NDArray[Any],
    wgt: NDArray[Any],
    name: str = "282023912_90GHz_fltd",
    wcs: Cards | None = None,
    **facts: Any,
) -> MapRecord:
    """Write a map of these pixels, and give its record as the operator confirmed it."""
    shape = sci.shape[0], sci.shape[1]
    record = make_map(folder, name, shape=shape, wcs=wcs or wcs_cards(shape))
    path = folder / record.path
    with fits.open(path, mode="update") as hdus:
        hdus["SCI"].data[:], hdus["WGT"].data[:] = sci, wgt
    about: dict[str, Any] = {
        "size_bytes": path.stat().st_size,
        "mtime_ns": path.stat().st_mtime_ns,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    return replace(record, **{**CONFIRMED, **about, **facts})


def targets_at(
    record: MapRecord, *places: tuple[float, float], size: float = 10.0
) -> tuple[Target, ...]:
    """Targets at places in the pixels of a map, from 0."""
    sky = map_wcs(record.wcs).wcs_pix2world(np.array(places), 0).tolist()
    return tuple(Target(f"t{n}", ra % 360, dec, size, size) for n, (ra, dec) in enumerate(sky))
