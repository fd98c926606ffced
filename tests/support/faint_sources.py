"""Sources too faint to be seen one by one, in noise that the tests know."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made, make
from tests.support.known_maps import known_map, targets_at
from tests.support.small_maps import wcs_cards

SHAPE = (400, 400)
STACK = "stacks/stack_90GHz_fltd.fits"
BEAM_PIXELS = 5.0
KIND: dict[str, Any] = {
    "bands": ("90GHz",),
    "date_start": date(2019, 1, 1),
    "products": ("stack",),
    "projection": Projection.TAN,
}


class Sky:
    """Sources at random places within their pixels, and weights that vary over the map."""

    def __init__(self, folder: Path, flux: float, side: int = 7, seed: int = 1) -> None:
        self.folder, random = folder, np.random.default_rng(seed)
        grid = np.linspace(30, 370, side)
        self.places = [
            (x + random.uniform(-0.5, 0.5), y + random.uniform(-0.5, 0.5))
            for x in grid
            for y in grid
        ]
        rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
        sigma = BEAM_PIXELS / np.sqrt(8 * np.log(2))
        signal = np.zeros(SHAPE)
        for x, y in self.places:
            signal += flux * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
        self.wgt = random.uniform(0.5, 4.0, SHAPE)
        self.sci = signal + random.normal(size=SHAPE) / np.sqrt(self.wgt)
        self.record = self.written("1000")

    def written(self, obsid: str, **facts: Any) -> MapRecord:
        stated: dict[str, Any] = {"obsid": obsid, "date_beg": "2019-03-01T06:00:00"}
        cards = wcs_cards(SHAPE)
        name = f"{obsid}_90GHz_fltd"
        return known_map(self.folder, self.sci, self.wgt, name, cards, **(stated | facts))

    def request(self, *labels: str | None, size: float = 8.0, **kind: Any) -> CutoutRequest:
        targets = targets_at(self.record, *self.places, size=size)
        named = [
            replace(target, stack=labels[number % len(labels)] if labels else None)
            for number, target in enumerate(targets)
        ]
        return CutoutRequest(tuple(named), **(KIND | kind))

    def made(self, request: CutoutRequest, maps: list[MapRecord] | None = None, **how: Any) -> Made:
        folder = self.folder / f"job{len(list(self.folder.glob('job*')))}"
        return make(folder, self.folder, request, maps or [self.record], **how)
