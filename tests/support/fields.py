"""Coadds of fields beside each other: a constant sky, and weights that fall to 0 at their ends."""

from pathlib import Path
from typing import Any

import numpy as np

from sptjobs.maps.record import MapRecord
from tests.support.known_maps import known_map
from tests.support.observations import SHAPE, SKY, Pixels
from tests.support.small_maps import Cards, wcs_cards

TAG = "yearly_2020"
SEAM = (118.0, 40.0)
"""Near the right edge of the first field, whose pixels the second shares."""


def tapered(first: float, last: float) -> Pixels:
    """Weights that fall to 0 at both ends of the rows, and are not symmetric."""
    along = np.linspace(first, last, SHAPE[1])
    return np.outer(
        np.linspace(0.5, 1.5, SHAPE[0]), along * np.sin(np.linspace(0, np.pi, SHAPE[1]))
    )


def tapered_field(
    folder: Path, name: str, wgt: Pixels, wcs: Cards, seed: int, **facts: Any
) -> MapRecord:
    """A coadd of a constant sky with noise that follows its weights."""
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    wgt = np.where(wgt > 1e-6, wgt, 0).astype("f4").astype("f8")
    sci = np.where(wgt > 0, SKY + noise / np.sqrt(np.where(wgt > 0, wgt, 1)), 0)
    about = {"obsid": TAG, "tag": TAG, "date_beg": None, "date_end": None, "field": name}
    return known_map(folder, sci, wgt, f"{name}_{TAG}", wcs, **(about | facts))


def two_fields(folder: Path, shift: float = 80.0) -> list[MapRecord]:
    """Two fields beside each other that overlap, on grids so many pixels apart."""
    middle = (SHAPE[1] + 1) / 2
    return [
        tapered_field(folder, "a", tapered(2.0, 1.0), wcs_cards(SHAPE), 1),
        tapered_field(folder, "b", tapered(1.0, 3.0),
              wcs_cards(SHAPE, crpix=(middle - shift, (SHAPE[0] + 1) / 2)), 2),
    ]  # fmt: skip
