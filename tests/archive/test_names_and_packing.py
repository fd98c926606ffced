"""Files by other names, and packed in other ways: content decides how a file is read."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.archive.scan import Refusal, scan
from sptjobs.commands.cli import main
from sptjobs.formats.flat_sky.map_grid import read_grid
from sptjobs.maps.map_error import MapError
from tests.support.polarised_files import SHAPE, header, one_weight, planes

PIXELS = planes("I")["I"]


def plain() -> bytes:
    return _content(fits.ImageHDU(PIXELS, header(), name="SCI"), one_weight("WGT"))


def in_tiles() -> bytes:
    tiled = fits.CompImageHDU(PIXELS, header(), name="SCI", compression_type="RICE_1")
    return _content(tiled, one_weight("WGT"))


def _content(*images: object) -> bytes:
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(stream)
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("map.fits", plain())
    return stream.getvalue()


CONTENTS: dict[str, Callable[[], bytes]] = {
    "plain": plain,
    "in tiles": in_tiles,
    "gzip": lambda: gzip.compress(plain()),
    "tiles in gzip": lambda: gzip.compress(in_tiles()),
}
STEM = "282023912_90GHz_psth"
NAMES = (
    ".fits", ".fit", ".fts", ".fz", ".fits.fz", ".fits.gz", ".fits.fz.gz", ".fts.gz", ".fit.gz",
    ".FITS.GZ", ".FTS", ".Fit", ".fz.gz", ".FITS.FZ",
)  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("ending", NAMES)
def test_a_folder_takes_usual_names_and_the_content_tells_how_to_read_them(
    tmp_path: Path, ending: str, content: str
) -> None:
    (tmp_path / f"{STEM}{ending}").write_bytes(CONTENTS[content]())
    (found,) = scan(tmp_path, {})
    assert not isinstance(found, Refusal), found
    assert found.map_id == STEM
    expected = {"plain": None, "in tiles": "RICE_1"}.get(content, "gzip")
    assert found.compression == expected


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", ["map", "map.img", "map.fits.part", "a.dat.gz", "b.FTS", "c.gz"])
def test_a_file_that_is_named_is_read_whatever_it_is_called(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_bytes(CONTENTS[content]())
    ra, dec = WCS(header()).wcs_pix2world(SHAPE[1] // 2, SHAPE[0] // 2, 0)
    (tmp_path / "targets.csv").write_text(f"ra,dec\n{ra},{dec}\n")
    out = tmp_path / "out"
    words = ["--positions", tmp_path / "targets.csv", "--size", "5", "--quiet", "--out", out]
    assert main(["cutout", *map(str, words), str(tmp_path / name)]) == 0
    (stamp,) = out.rglob("*.fits")
    with fits.open(stamp, checksum=True) as hdus:
        assert hdus[0].header["SRC_MAP"] == name.removesuffix(".FTS")
        tolerance = 0.2 if "tiles" in content else 0.0
        y, x = (round(header()[f"CRPIX{i}"] - hdus[0].header[f"CRPIX{i}"]) for i in (2, 1))
        np.testing.assert_allclose(hdus[0].data, PIXELS[y : y + 20, x : x + 20], atol=tolerance)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (bz2.compress, "is packed by bzip2, which is not read: unpack it"),
        (lzma.compress, "is packed by xz"),
        (lambda content: gzip.compress(gzip.compress(content)), "is packed by gzip twice"),
        (lambda content: gzip.compress(bz2.compress(content)), "is packed by bzip2"),
        (lambda _: zipped(), "is packed by zip"),
    ],
)
@pytest.mark.parametrize("ending", [".fits.bz2", ".fits"])
def test_what_is_packed_in_other_ways_is_refused_by_name(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes], reason: str
) -> None:
    (tmp_path / f"{STEM}{ending}").write_bytes(pack(plain()))
    (found,) = scan(tmp_path, {})
    assert isinstance(found, Refusal)
    assert reason in found.reason


def test_a_folder_leaves_out_other_names(tmp_path: Path) -> None:
    for name in ("map.fits.txt", "map.fits~", "fits", ".hidden.fits", "map.gz", "a.png"):
        (tmp_path / name).write_bytes(plain())
    assert list(scan(tmp_path, {})) == []


@pytest.mark.parametrize("unit", ["DEG", "Degree", "degrees", "deg  "])
def test_units_and_projections_in_other_letters_mean_the_same(unit: str) -> None:
    spelt = header(CUNIT1=unit, CUNIT2=unit, CTYPE1="ra---zea", CTYPE2="dec--zea")
    assert read_grid(spelt, SHAPE).cards == read_grid(header(), SHAPE).cards


@pytest.mark.parametrize(
    ("unit", "scale"), [("ARCMIN", 60), ("Arcminutes", 60), ("ARCSEC", 3600), ("arcseconds", 3600)]
)
def test_minutes_and_seconds_of_arc_in_other_letters_scale_the_numbers(
    unit: str, scale: int
) -> None:
    usual = header()
    numbers = {f"{n}{i}": usual[f"{n}{i}"] * scale for n in ("CRVAL", "CDELT") for i in (1, 2)}
    found = read_grid(header(CUNIT1=unit, CUNIT2=unit, **numbers), SHAPE)
    expected = read_grid(usual, SHAPE).cards
    for name, value in found.cards.items():
        assert value == pytest.approx(expected[name]), name


@pytest.mark.parametrize("unit", ["hour", "K", "'deg'", "amin"])
def test_a_unit_that_is_no_angle_is_refused_by_its_card(unit: str) -> None:
    with pytest.raises(MapError, match=r"CUNIT1 is .*, which is no angle; known are deg, arcmin"):
        read_grid(header(CUNIT1=unit, CUNIT2=unit), SHAPE)
