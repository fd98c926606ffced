"""Observations of one constant sky, with noise and weights that tests know."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest
from tests.support.cutting import Made, make
from tests.support.known_maps import known_map, targets_at

SHAPE = (80, 120)
MIDDLE = (60.2, 39.7)
SKY = 12.5
NAME = "t0/t0_coadd_90GHz_fltd.fits"

Pixels = NDArray[Any]


class Observations:
    """Observations of one constant sky, with weights that vary and noise that follows them."""

    def __init__(self, folder: Path, count: int, seed: int = 1) -> None:
        self.folder, random = folder, np.random.default_rng(seed)
        self.wgt: list[Pixels] = []
        self.sci: list[Pixels] = []
        self.records: list[MapRecord] = []
        for number in range(count):
            wgt = random.uniform(0.2, 2.0, SHAPE) * (number + 1)
            # Each has a hole of its own.
            wgt[30:50, 45 + 3 * number : 48 + 3 * number] = 0
            noise = random.normal(size=SHAPE) / np.sqrt(np.where(wgt > 0, wgt, 1))
            sci = np.where(wgt > 0, SKY + noise, 0)
            self.sci.append(sci.astype("f4").astype("f8"))
            self.wgt.append(wgt.astype("f4").astype("f8"))
            self.records.append(self.written(number, sci, wgt))

    def written(self, number: int, sci: Pixels, wgt: Pixels, **facts: Any) -> MapRecord:
        day = f"2019-03-{number + 1:02d}"
        stated: dict[str, Any] = {"obsid": str(1000 + number), "date_beg": f"{day}T06:00:00",
                "date_end": f"{day}T08:00:00"}  # fmt: skip
        return known_map(self.folder, sci, wgt, f"{1000 + number}_90GHz_fltd", **stated, **facts)

    def mean(self, numbers: list[int], box: tuple[slice, slice]) -> tuple[Pixels, Pixels]:
        """The weighted mean of some of them in a box, and the sum of their weights."""
        weight = np.sum([self.wgt[n][box] for n in numbers], axis=0)
        total = np.sum([self.wgt[n][box] * self.sci[n][box] for n in numbers], axis=0)
        with np.errstate(invalid="ignore"):
            return total / weight, weight


def coadd_request(
    observed: Observations, *places: tuple[float, float], **kind: Any
) -> CutoutRequest:
    stated: dict[str, Any] = {
        "bands": ("90GHz",),
        "date_start": date(2019, 1, 1),
        "products": ("coadd",),
    } | kind
    return CutoutRequest(targets_at(observed.records[0], *(places or (MIDDLE,))), **stated)


def run_request(observed: Observations, asked: CutoutRequest, **how: Any) -> Made:
    folder = observed.folder / f"job{len(list(observed.folder.glob('job*')))}"
    return make(folder, observed.folder, asked, how.pop("maps", observed.records), **how)


def opened(made: Made, name: str = NAME) -> fits.HDUList:
    return fits.open(io.BytesIO(made.files[name]), checksum=True)


def box_of(header: fits.Header, record: MapRecord) -> tuple[slice, slice]:
    """Where a stamp lies on its map, by the difference of their reference pixels."""
    x, y = (round(float(record.wcs[f"CRPIX{n}"]) - header[f"CRPIX{n}"]) for n in (1, 2))
    return np.s_[y : y + header["NAXIS2"], x : x + header["NAXIS1"]]
