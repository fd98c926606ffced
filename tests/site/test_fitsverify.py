"""Stamps of every kind pass fitsverify, the verifier of the FITS support office, without a word."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sptjobs.archive.scan import read_map
from sptjobs.request.cutout_request import Order, Projection
from tests.formats.test_frames import FRAMES
from tests.formats.test_frames import written as in_a_frame
from tests.formats.test_integer_maps import KINDS, STORED
from tests.formats.test_integer_maps import written as of_integers
from tests.support.cutting import make
from tests.support.odd_cards import ALLOWED, FORBIDDEN
from tests.support.small_maps import make_map, request_for, wcs_cards

SHAPE = (80, 120)
PLACES = [(0.0, -57.5), (0.35, -57.45), (0.25, -57.62)]
"""In the middle, over an edge, and over the edge of what is observed."""

REMARKS = [
    ("HISTORY", "coadded of maps below /scratch", ""),
    ("COMMENT", "x" * 100, ""),
    ("STORY", "It's a long story & " * 12 + "end", "written once"),
    ("BMAJ", 0.03, "[deg]"),
    ("EQUINOXA", 1950.0, "of an alternative WCS"),
    ("LTV1", 3.0, "of a parent image"),
]
SOURCES: dict[str, dict[str, Any]] = {
    "plain": {},
    "doubles": {"dtype": "f8"},
    "packed": {"compression": "gzip"},
    "GZIP_2": {"compression": "GZIP_2"},
    "RICE_1": {"compression": "RICE_1"},
    "remarks and long texts": {"cards": REMARKS},
    "remarks, compressed": {"cards": REMARKS, "compression": "GZIP_2"},
    "odd cards": {"raw": [*FORBIDDEN, *ALLOWED]},
    "odd cards, compressed": {
        "raw": [each for each in (*FORBIDDEN, *ALLOWED) if not each.startswith(b"THEAP")],
        "compression": "RICE_1",
    },
    "nothing confirmed": {"record": {"unit": None, "weight_unit": None, "beam_arcmin": None}},
    "a coadd": {"record": {"obsid": "yearly_winter_2020", "tag": "yearly_winter_2020",
                           "field": "", "date_beg": None, "date_end": None}},
}  # fmt: skip

Ways = dict[str, dict[str, Any]]
WAYS: Ways = {
    "native": {},
    "native, clipped": {"pad": False},
    "native, with noise": {"noise": True},
    **{
        f"TAN, {order}": {"projection": Projection.TAN, "order": order}
        for order in (Order.NEAREST, Order.BICUBIC, Order.EXACT)
    },
}


def said_of(files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """What fitsverify has to say of FITS files, of which it finds fault with any."""
    folder.mkdir()
    paths = []
    for number, (name, content) in enumerate(files.items()):
        if name.endswith(".fits"):
            paths.append(folder / f"{number}.fits")
            paths[-1].write_bytes(content)
    assert paths
    found = {}
    for path in paths:
        done = subprocess.run(
            ["fitsverify", path], capture_output=True, text=True, check=False, timeout=60
        )
        said = done.stdout + done.stderr
        if "Verification found 0 warning(s) and 0 error(s)" not in said:
            found[path.name] = "\n".join(re.findall(r".*\*\*\*.*", said))
    return found


def test_it_finds_what_is_wrong(tmp_path: Path) -> None:
    cards = ["SIMPLE  =                    T", "BITPIX  =                    8",
             "NAXIS   =                    0", "lower   =                    1", "END"]  # fmt: skip
    header = "".join(card.ljust(80) for card in cards).ljust(2880)
    assert "lower" in said_of({"bad.fits": header.encode()}, tmp_path / "bad")["0.fits"]


@pytest.mark.filterwarnings("ignore")  # astropy's of odd cards
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("source", SOURCES)
def test_it_has_nothing_to_say_of_stamps(tmp_path: Path, source: str, way: str) -> None:
    record = make_map(tmp_path, wcs=wcs_cards(SHAPE), shape=SHAPE, **SOURCES[source])
    made = make(tmp_path / "job", tmp_path, request_for(PLACES, 5, **WAYS[way]), [record])
    assert said_of(made.files, tmp_path / "stamps") == {}


@pytest.mark.parametrize("way", WAYS)
def test_it_has_nothing_to_say_of_coadds_differences_and_cubes(tmp_path: Path, way: str) -> None:
    maps = [
        make_map(tmp_path, f"{obsid}_90GHz_psth", wcs=wcs_cards(SHAPE), shape=SHAPE, seed=obsid,
                 record={"obsid": str(obsid), "field": "Ωmega's"})
        for obsid in (1, 2)
    ]  # fmt: skip
    request = request_for(PLACES, 5, products=("coadd", "difference", "cube"), **WAYS[way])
    made = make(tmp_path / "job", tmp_path, request, maps)
    assert said_of(made.files, tmp_path / "stamps") == {}


@pytest.mark.parametrize("product", ["mosaic", "stack"])
def test_it_has_nothing_to_say_of_mosaics_and_stacks(tmp_path: Path, product: str) -> None:
    maps = [
        make_map(tmp_path, f"{field}_90GHz_psth", wcs=wcs_cards(SHAPE), shape=SHAPE, seed=seed,
                 record={"obsid": "2020", "tag": "Ωmega's", "field": field})
        for seed, field in enumerate(("a", "b"))
    ]  # fmt: skip
    asked = request_for(PLACES, 5, products=(product,), projection=Projection.TAN)
    targets = tuple(replace(target, stack="κ's z > 1") for target in asked.targets)
    made = make(tmp_path / "job", tmp_path, replace(asked, targets=targets), maps)
    assert len(made.files) > 1
    assert said_of(made.files, tmp_path / "stamps") == {}


Written = Callable[[Path], Path]
MAPS: dict[str, Written] = {
    f"integers of {kind}, {stored}": lambda folder, kind=kind, stored=stored: of_integers(
        folder, KINDS[kind], STORED[stored]
    )
    for kind in ("16 bits, BSCALE, BZERO, BLANK", "unsigned, 32 bits")
    for stored in STORED
} | {
    frame: lambda folder, frame=frame: in_a_frame(folder, frame, "ZEA")  # type: ignore[misc]
    for frame in FRAMES
}


@pytest.mark.parametrize("name", MAPS)
def test_it_has_nothing_to_say_of_stamps_of_maps_of_any_pixels_and_frame(
    tmp_path: Path, name: str
) -> None:
    path = MAPS[name](tmp_path)
    record = read_map(path, path.name)
    (ra, dec), *_ = record.footprint[0]
    for projection in Projection:
        request = request_for([(0.0, -57.5), (ra, dec)], 5, projection=projection)
        made = make(tmp_path / projection, tmp_path, request, [record])
        assert said_of(made.files, tmp_path / f"{projection} stamps") == {}
