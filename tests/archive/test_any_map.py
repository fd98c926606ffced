"""Maps of other observatories: what their headers lack stands in ``collection.toml``."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.archive.collection import read_collection
from sptjobs.archive.scan import Refusal, read_map, scan
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare, declare_site, packaged_kinds
from sptjobs.maps.statement import NO_WEIGHTS, Statement
from tests.support.foreign_maps import COLLECTION, write_foreign_maps


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Path]:
    write_foreign_maps(tmp_path)
    declare_site(tmp_path)
    yield tmp_path
    declare(packaged_kinds())


def found(archive: Path, known: dict[str, MapRecord] | None = None) -> dict[str, MapRecord]:
    items = list(scan(archive, known or {}))
    assert [item for item in items if isinstance(item, Refusal)] == []
    return {item.path: item for item in items if isinstance(item, MapRecord)}


def test_ten_lines_make_maps_of_three_observatories_known(archive: Path) -> None:
    assert len(COLLECTION.strip().splitlines()) <= 30
    maps = found(archive)
    assert {path: (each.band, each.filetype, each.obsid) for path, each in maps.items()} == {
        "optical/deep.fits": ("r", "image", "deep"),
        "car/f090.fits": ("f090", "coadd", "dr6"),
        "sfl/visit_1.fits": ("150GHz", "image", "visit_1"),
    }
    car, optical, sfl = (maps[path] for path in sorted(maps))
    assert (optical.projection, optical.has_weights, optical.unit) == ("TAN", False, "nJy")
    assert (car.projection, car.wgt_hdu, car.weight_unit) == ("CAR", 1, "uK-2")
    assert (sfl.projection, sfl.has_weights) == ("SFL", False)
    assert (sfl.date_beg, sfl.date_end) == ("2021-05-01T02:03:04", None)
    assert (sfl.beam_arcmin, sfl.field) == (1.2, "south")


def test_without_weights_every_finite_pixel_is_observed(archive: Path) -> None:
    with fits.open(archive / "optical" / "deep.fits") as hdus:
        finite = np.isfinite(hdus[0].data)
    y, x = np.nonzero(finite)
    box = (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)
    assert found(archive)["optical/deep.fits"].observed_box == box


def test_what_is_stated_anew_is_read_anew_and_a_unit_needs_no_reading(archive: Path) -> None:
    before, path = found(archive), archive / "collection.toml"
    path.write_text(COLLECTION.replace('"nJy"', '"uJy"'))

    def never(*_: Any) -> MapRecord:
        raise AssertionError("the file was read again")

    again = [item for item in scan(archive, before, never) if isinstance(item, MapRecord)]
    assert [each.unit for each in again] == ["uK", "uJy", None]
    path.write_text(COLLECTION.replace('tag = "deep"', 'tag = "deeper"'))
    assert found(archive, before)["optical/deep.fits"].tag == "deeper"
    path.write_text(COLLECTION)
    assert found(archive, before) == before


def test_a_record_of_a_map_without_weights_can_be_kept(archive: Path) -> None:
    for record in found(archive).values():
        assert MapRecord.from_json(record.to_json()) == replace(
            record, block_sums=None, noise=None, moc=None
        )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('files = ""', "map 1: files must be a pattern such as '*.fits', not ''"),
        ("", "map 1: files must be a pattern"),
        ('files = "a"\ncolour = "r"', "map 1: colour means nothing here; known are band, "),
        ('files = "a"\nband = "z"', "map 1: band: BAND 'z' is none of r"),
        ('files = "a"\nfiletype = 3', "map 1: filetype: must be a text that is not empty, not 3"),
        ('files = "a"\ntag = "a/b"', "map 1: tag: OBS-ID 'a/b' is neither a number nor a tag"),
        ('files = "a"\ntag = "t"\nobsid = "1"', "map 1: a coadd, which has a tag, has no obsid"),
        ('files = "a"\ntag = "t"\ndate_beg = 2020-01-01', "has no obsid, date_beg or date_end"),
        ('files = "a"\ndate_end = 2020-01-01', "map 1: date_end is stated without date_beg"),
        ('files = "a"\ndate_beg = 2020-01-02\ndate_end = 2020-01-01', "lies before 2020-01-02"),
        ('files = "a"\ndate_beg = "May"', "map 1: date_beg: 'May' is no date as 2020-01-31"),
        ('files = "a"\nunit = "bananas"', "map 1: unit: 'bananas' is not a unit that FITS knows"),
        ('files = "a"\nimage = -1', "map 1: image: must be the number of an HDU, from 0"),
        ('files = "a"\nimage = true', "map 1: image: must be the number of an HDU"),
        ('files = "a"\nimage = 1\nweights = 1', "map 1: image and weights are both 1"),
        ('files = "a"\nfield = "a\\nb"', "map 1: field: must be a name of up to 64 characters"),
    ],
)
def test_what_cannot_be_stated_is_refused_by_table_and_key(
    tmp_path: Path, lines: str, reason: str
) -> None:
    head = 'name = "x"\nbands = ["r"]\nfiletypes = ["image"]\n[[map]]\n'
    (tmp_path / "collection.toml").write_text(f"{head}{lines}\n")
    with pytest.raises(MapError) as caught:
        read_collection(tmp_path / "collection.toml")
    assert reason in str(caught.value)


def test_bands_are_declared_in_one_place(archive: Path) -> None:
    (archive / "sfl" / "collection.toml").write_text('name = "x"\nbands = ["z"]')
    refused = [item for item in scan(archive, {}) if isinstance(item, Refusal)]
    assert "bands belong into the collection.toml of the archive folder" in refused[0].reason


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({}, "a [[map]] of collection.toml can tell"),
        ({"image": 7, "weights": NO_WEIGHTS}, "no HDU 7, stated as its image: it has 0, 1 FLUX, 2"),
        ({"image": "X", "weights": NO_WEIGHTS}, "has no HDU 'X', stated as its image"),
        ({"image": "DQ"}, "'DQ' is stated as its image, and nothing as its weights"),
        ({"image": "CUBE", "weights": NO_WEIGHTS}, "has 3 axes, 2 x 4 x 6, and only images of two"),
        ({"image": "CAT", "weights": NO_WEIGHTS}, "'CAT', stated as its image, is a table"),
        ({"image": 0, "weights": NO_WEIGHTS}, "stated as its image, is an image without pixels"),
        ({"weights": "FLUX"}, "has no image named SCI"),
        ({"any_image": True}, "choose one by --hdu"),
    ],
)
def test_an_image_that_cannot_be_cut_is_refused_with_what_would_help(
    tmp_path: Path, stated: dict[str, Any], reason: str
) -> None:
    plane = np.ones((4, 6), np.float32)
    column = fits.Column("A", "J", array=[1])
    hdus = [
        fits.PrimaryHDU(),
        *(fits.ImageHDU(plane, name=name) for name in ("FLUX", "DQ", "ERR")),
        fits.ImageHDU(np.ones((2, 4, 6), np.float32), name="CUBE"),
        fits.BinTableHDU.from_columns([column], name="CAT"),
    ]
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    words = Statement(band="150GHz", filetype="filtered", field="f", tag="t", **stated)
    with pytest.raises(MapError) as caught:
        read_map(tmp_path / "a.fits", "a.fits", stated=words)
    assert reason in str(caught.value)
