"""Maps of several planes of polarisation: what is found of them, and stamps with POL."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.archive.scan import read_map
from sptjobs.commands.cli import main
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import Statement
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.request.cutout_request import Order, Projection
from sptjobs.request.parsing import parse_request
from sptjobs.uws.errors import InvalidRequestError
from tests.formats.test_polarised_flat import assert_is_the_truth, place_on
from tests.support.cutting import Made, make
from tests.support.healpix_maps import write_healpix
from tests.support.polarised_files import (
    SHAPE,
    cube_cards,
    header,
    image,
    one_weight,
    planes,
    write,
)
from tests.support.polarised_flat import ANGLE_DEG, DEGREE, rotated, write_polarised_flat
from tests.support.polarised_skies import write_polarised
from tests.support.small_maps import request_for

NAME = "282023912_90GHz_psth.fits"
ALONE = Statement(weights="none")


def read(path: Path, stated: Statement = ALONE) -> MapRecord:
    return read_map(path, path.name, stated=stated)


def middle(record: MapRecord) -> tuple[float, float]:
    wcs = WCS(fits.Header(record.wcs))
    ra, dec = wcs.wcs_pix2world(record.shape[1] // 2, record.shape[0] // 2, 0)
    return float(ra), float(dec)


def cut(folder: Path, record: MapRecord, *states: str, size: float = 5.0, **how: Any) -> Made:
    asked = replace(request_for([middle(record)], size, **how), polarizations=states)
    return make(folder / f"job-{len(list(folder.iterdir()))}", folder, asked, [record])


def native_box(sci: Any, record: MapRecord) -> tuple[slice, slice]:
    x, y = (round(float(record.wcs[f"CRPIX{i}"]) - sci.header[f"CRPIX{i}"]) for i in (1, 2))
    ny, nx = sci.data.shape
    return slice(y, y + ny), slice(x, x + nx)


def assert_native(folder: Path, record: MapRecord, truth: dict[str, Any]) -> None:
    """A stamp of all planes has the pixels of each, under its name."""
    states = tuple(sorted(truth, key=["I", "Q", "U", "V", "RR", "LL", "RL", "LR"].index))
    made = cut(folder, record, *states)
    (outcome,) = made.outcomes
    assert outcome.status == "ok", outcome.reason
    with made.stamp(outcome) as stamp:
        box = native_box(stamp["SCI"], record)
        for place, state in enumerate(states):
            hdu = stamp["SCI" if place == 0 else state]
            np.testing.assert_array_equal(hdu.data, truth[state][box])
            assert hdu.header["POLTYPE"] == ("T" if state == "I" else state)


def by_name(pixels: dict[str, Any]) -> list[Any]:
    return [image(each, "T" if name == "I" else name) for name, each in pixels.items()]


def by_card(pixels: dict[str, Any]) -> list[Any]:
    return [image(each, POLTYPE="T" if name == "I" else name) for name, each in pixels.items()]


def compressed(kind: str) -> Callable[[dict[str, Any]], list[Any]]:
    def made(pixels: dict[str, Any]) -> list[Any]:
        return [
            fits.CompImageHDU(each, header(), name=name, compression_type=kind, quantize_level=0)
            for name, each in pixels.items()
        ]

    return made


def as_cube(pixels: dict[str, Any], **more: Any) -> list[Any]:
    cards = cube_cards(tuple(pixels), **more)
    return [fits.ImageHDU(np.stack(list(pixels.values())), header(**cards))]


def backwards(pixels: dict[str, Any]) -> list[Any]:
    return as_cube(dict(reversed(pixels.items())), crpix=2.0)


def beside_one_frequency(pixels: dict[str, Any]) -> list[Any]:
    cards = cube_cards(tuple(pixels), axis=4) | {"CTYPE3": "FREQ", "CRVAL3": 9e10, "CDELT3": 1e9}
    cards |= {"CRPIX3": 1.0, "PC3_3": 1.0, "WCSAXES": 4}
    data = np.stack(list(pixels.values()))[:, None]
    return [fits.ImageHDU(data, header(**cards))]


def cube_in_tiles(pixels: dict[str, Any]) -> list[Any]:
    data, cards = np.stack(list(pixels.values())), cube_cards(tuple(pixels))
    return [fits.CompImageHDU(data, header(**cards), compression_type="GZIP_2", quantize_level=0)]


FILES = {
    "extensions by EXTNAME": by_name,
    "extensions by POLTYPE": by_card,
    "GZIP_2": compressed("GZIP_2"),
    "GZIP_1": compressed("GZIP_1"),
    "a cube": as_cube,
    "a cube backwards": backwards,
    "a cube beside one frequency": beside_one_frequency,
    "a cube in tiles": cube_in_tiles,
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("states", ["IQU", "QU", "IQUV", "V"])
@pytest.mark.parametrize("kind", FILES)
def test_a_stamp_has_the_pixels_of_all_planes_that_are_asked_for(
    tmp_path: Path, kind: str, states: str, packed: bool
) -> None:
    truth = planes(*states)
    path = write(tmp_path / NAME, *FILES[kind](truth))
    if packed:
        path = tmp_path / f"{NAME}.gz"
        path.write_bytes(gzip.compress((tmp_path / NAME).read_bytes()))
    record = read(path)
    assert sorted(record.states) == sorted(states)
    assert_native(tmp_path, record, truth)
    # One plane alone, and each by itself.
    for state in states:
        assert_native(tmp_path, record, {state: truth[state]})


def test_products_of_two_feeds_stay_native_and_circular_ones_are_resampled(tmp_path: Path) -> None:
    truth = planes("RR", "LL", "RL", "LR")
    record = read(write(tmp_path / NAME, *as_cube(truth)))
    assert record.states == ("RR", "LL", "RL", "LR")
    assert_native(tmp_path, record, truth)
    how: dict[str, Any] = {"projection": Projection.TAN}
    assert cut(tmp_path, record, "RR", "LL", **how).outcomes[0].status == "ok"
    (outcome,) = cut(tmp_path, record, "RL", **how).outcomes
    assert outcome.status == "failed"
    assert "the map holds RL" in str(outcome.reason)


@pytest.mark.parametrize(
    "cards",
    [
        {"CRVAL3": 7.0}, {"CRVAL3": 1.5}, {"CDELT3": 0.0}, {"CTYPE3": "FREQ"}, {"CRVAL3": "I"},
        {"CDELT3": 1e300, "CRPIX3": 9.0}, {"CRPIX3": True},
    ],
)  # fmt: skip
def test_an_axis_that_says_nothing_of_polarisation_gives_no_planes(
    tmp_path: Path, cards: dict[str, Any]
) -> None:
    about = cube_cards(("I", "Q")) | cards
    data = np.stack(list(planes("I", "Q").values()))
    path = write(tmp_path / NAME, fits.ImageHDU(data, header(**about)))
    with pytest.raises(MapError, match="STOKES"):
        read(path)


@settings(max_examples=30, deadline=None)
@given(
    start=st.integers(-8, 4),
    step=st.sampled_from([-2, -1, 1, 2]),
    count=st.integers(1, 4),
    crpix=st.integers(-3, 6),
)
def test_planes_of_any_axis_are_those_of_the_standard(
    tmp_path_factory: pytest.TempPathFactory, start: int, step: int, count: int, crpix: int
) -> None:
    names = {1: "I", 2: "Q", 3: "U", 4: "V"} | dict(
        enumerate(["YX", "XY", "YY", "XX", "LR", "RL", "LL", "RR"], start=-8)
    )
    folder = tmp_path_factory.mktemp("cube")
    data = np.arange(count, dtype="f4")[:, None, None] + np.zeros(SHAPE, "f4")
    cards = {"CTYPE3": "STOKES", "CRVAL3": start + step * (crpix - 1), "CDELT3": step}
    path = write(folder / NAME, fits.ImageHDU(data, header(CRPIX3=crpix, **cards)))
    expected = {names[n]: i for i in range(count) if (n := start + step * i) in names}
    if not expected:
        with pytest.raises(MapError):
            read(path)
        return
    record = read(path)
    assert set(record.states) == set(expected)
    for state, layer in expected.items():
        with (made := cut(folder, record, state)).stamp(made.outcomes[0]) as stamp:
            assert (stamp[0].data == layer).all()


WEIGHTS: dict[str, tuple[list[Any], dict[str, float]]] = {
    "one for all": ([one_weight("WGT")], {"WGT": 2.0}),
    "Wunpol": ([one_weight("Wunpol")], {"WGT": 2.0}),
    "one of T": ([one_weight("TT")], {"WGT": 2.0}),
    "one of each": (
        [image(np.full(SHAPE, v, "f4"), n) for n, v in (("TT", 2), ("QQ", 3), ("UU", 4))],
        {"WGT": 2.0, "WGT_Q": 3.0, "WGT_U": 4.0},
    ),
    "WTT and WQQ": (
        [image(np.full(SHAPE, v, "f4"), n) for n, v in (("WTT", 2), ("WQQ", 3))],
        {"WGT": 2.0, "WGT_Q": 3.0},
    ),
    "by cards": (
        [
            image(np.full(SHAPE, v, "f4"), WTYPE=n, ISWEIGHT=True)
            for n, v in (("TT", 2), ("TQ", 9), ("QQ", 3), ("QU", 9), ("UU", 4))
        ],
        {"WGT": 2.0, "WGT_Q": 3.0, "WGT_U": 4.0},
    ),
}


@pytest.mark.parametrize("shape", ["extensions by EXTNAME", "extensions by POLTYPE", "a cube"])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights_follow_where_the_file_has_them(tmp_path: Path, kind: str, shape: str) -> None:
    images, expected = WEIGHTS[kind]
    maps = FILES[shape](planes("I", "Q", "U"))
    if shape == "a cube" and kind != "one for all":
        maps[0].name = "MAP"
    path = write(tmp_path / NAME, *maps, *(each.copy() for each in images))
    record = read(path, Statement())
    made = cut(tmp_path, record, "I", "Q", "U")
    with made.stamp(made.outcomes[0]) as stamp:
        names = [hdu.name for hdu in stamp]
        assert [name for name in names if not name.startswith("WGT")] == ["SCI", "Q", "U"]
        found = {name: float(stamp[name].data[0, 0]) for name in names if name.startswith("WGT")}
        for name in found.keys() - {"WGT"}:
            assert stamp[name].header["WTYPE"] == name[-1] * 2
    assert found == expected


def test_a_cube_of_weights_gives_each_plane_its_own(tmp_path: Path) -> None:
    truth, weights = planes("I", "Q", "U"), np.ones((3, *SHAPE), "f4") * [[[2]], [[3]], [[4]]]
    cards = cube_cards(("I", "Q", "U"))
    maps = fits.ImageHDU(np.stack(list(truth.values())), header(**cards), name="SCI")
    wgt = fits.ImageHDU(weights.astype("f4"), header(**cards), name="WGT")
    record = read(write(tmp_path / NAME, maps, wgt), Statement())
    assert_native(tmp_path, record, truth)
    made = cut(tmp_path, record, "I", "Q", "U")
    with made.stamp(made.outcomes[0]) as stamp:
        assert [hdu.name for hdu in stamp] == ["SCI", "WGT", "Q", "WGT_Q", "U", "WGT_U"]
        assert [float(stamp[n].data.mean()) for n in ("WGT", "WGT_Q", "WGT_U")] == [2, 3, 4]


@pytest.mark.parametrize("convention", ["IAU", "COSMO"])
@pytest.mark.parametrize("is_flat", [False, True])
@pytest.mark.parametrize("compressed_tiles", [False, True])
def test_q_and_u_of_one_stamp_are_both_turned(
    tmp_path: Path, convention: str, is_flat: bool, compressed_tiles: bool
) -> None:
    cards = rotated(34.0)
    path = write_polarised_flat(
        tmp_path / NAME,
        cards,
        convention=convention,
        is_flat=is_flat,
        compressed=compressed_tiles,
    )
    record = read(path, Statement())
    assert record.states == ("I", "Q", "U")
    asked = request_for([place_on(cards, "fk5")], 12, projection=Projection.TAN)
    asked = replace(asked, polarizations=("I", "Q", "U"), order=Order.BILINEAR)
    made = make(tmp_path / "job", tmp_path, asked, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        np.testing.assert_allclose(stamp["SCI"].data, 5.0, atol=1e-5)
        for name in ("Q", "U"):
            assert_is_the_truth(stamp[name], name)
        assert [hdu.name for hdu in stamp] == ["SCI", "WGT", "Q", "U"]


def test_q_and_u_of_a_cube_are_turned(tmp_path: Path) -> None:
    cards = rotated(34.0)
    with fits.open(write_polarised_flat(tmp_path / "apart.fits", cards)) as hdus:
        data = np.stack([hdus[name].data for name in "TQU"])
        common = hdus["T"].header.copy(strip=True)
    common.update(cube_cards(("I", "Q", "U")))
    path = write(tmp_path / NAME, fits.ImageHDU(data, common))
    record = read(path)
    asked = request_for([place_on(cards, "fk5")], 12, projection=Projection.TAN)
    made = make(tmp_path / "job", tmp_path, replace(asked, polarizations=("Q", "U")), [record])
    with made.stamp(made.outcomes[0]) as stamp:
        assert_is_the_truth(stamp["SCI"], "Q")
        assert_is_the_truth(stamp["U"], "U")


def test_integers_with_a_scale_are_the_values_that_they_mean(tmp_path: Path) -> None:
    truth = {}
    images = []
    for place, name in enumerate("TQU"):
        stored = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype("i2") + place
        hdu = image(stored, name)
        hdu.header["BSCALE"], hdu.header["BZERO"] = 0.5, 3.0 + place
        images.append(hdu)
        truth["I" if name == "T" else name] = stored * 0.5 + 3.0 + place
    cube = fits.ImageHDU(np.stack([hdu.data for hdu in images]), header(**cube_cards(tuple("IQU"))))
    for kind, written in (("images", images), ("cube", [cube])):
        folder = tmp_path / kind
        folder.mkdir()
        path = write(folder / NAME, *written)
        with fits.open(path, mode="update", do_not_scale_image_data=True) as hdus:
            if kind == "cube":
                hdus[1].header["BSCALE"], hdus[1].header["BZERO"] = 0.5, 3.0
        with fits.open(path) as hdus:
            found = [hdu.data for hdu in hdus[1:]] if kind == "images" else list(hdus[1].data)
        assert_native(folder, read(path), dict(zip("IQU", found, strict=True)))


def test_a_unit_is_claimed_of_the_planes_whose_file_says_the_same(tmp_path: Path) -> None:
    pixels = planes("I", "Q", "U")
    units = {"I": "K", "Q": "K", "U": "uK"}
    images = [
        image(each, "T" if name == "I" else name, BUNIT=units[name])
        for name, each in pixels.items()
    ]
    record = read(write(tmp_path / NAME, *images), replace(ALONE, unit="K"))
    made = cut(tmp_path, record, "I", "Q", "U")
    with made.stamp(made.outcomes[0]) as stamp:
        stated = [(hdu.header.get("BUNIT"), hdu.header.get("SRCBUNIT")) for hdu in stamp]
    assert stated == [("K", None), ("K", None), (None, "uK")]


def test_a_map_without_a_plane_fails_and_says_which_it_has(tmp_path: Path) -> None:
    record = read(write(tmp_path / NAME, *by_name(planes("I", "Q"))))
    (outcome,) = cut(tmp_path, record, "I", "Q", "U").outcomes
    assert outcome.status == "failed"
    assert outcome.reason == (
        "map 282023912_90GHz_psth holds the polarisation I, Q, not U, which POL asks for"
    )


def test_what_two_images_claim_to_be_and_what_lies_on_another_grid_are_no_planes(
    tmp_path: Path,
) -> None:
    pixels = planes("I", "Q", "U", "V")
    shifted = image(pixels["V"], "V")
    shifted.header["CRPIX1"] += 1
    twice = [image(pixels["Q"], "Q"), image(pixels["U"], POLTYPE="Q")]
    images = [image(pixels["I"], "T"), *twice, shifted, image(pixels["U"], "U")]
    assert read(write(tmp_path / NAME, *images)).states == ("I", "U")


def test_without_pol_files_are_as_they_were(tmp_path: Path) -> None:
    truth = planes("I", "Q", "U")
    images = [*by_name(truth), one_weight("TT")]
    record = read(write(tmp_path / NAME, *images), Statement())
    plain = replace(record, planes=())
    assert "planes" not in plain.to_fields()
    assert MapRecord.from_json(record.to_json()) == replace(
        record, block_sums=None, noise=None, moc=None
    )
    files = []
    for name, each in (("a", record), ("b", plain)):
        asked = request_for([middle(record)], 5)
        files.append(make(tmp_path / name, tmp_path, asked, [each]).files)
    assert files[0] == files[1]


def test_noise_and_masks_are_those_of_each_plane(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pixels = {
        name: (rng.normal(size=SHAPE) * s).astype("f4")
        for name, s in zip("IQU", (1, 5, 9), strict=True)
    }
    record = read(write(tmp_path / NAME, *by_name(pixels)))
    ra, dec = middle(record)
    asked = replace(
        request_for([(ra, dec)], 8), polarizations=("I", "Q", "U"), noise=True, mask_outside=True
    )
    (target,) = asked.targets
    region = f"CIRCLE {ra} {dec} 0.05"
    asked = replace(asked, targets=(replace(target, region=region),))
    made = make(tmp_path / "job", tmp_path, asked, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        rms = [hdu.header["STAMPRMS"] for hdu in stamp]
        holes = [np.isnan(hdu.data) for hdu in stamp]
    np.testing.assert_allclose(np.array(rms) / rms[0], [1, 5, 9], rtol=0.3)
    assert holes[0].any()
    assert (holes[0] == holes[1]).all()
    assert (holes[0] == holes[2]).all()


def test_a_stamp_of_all_planes_is_a_map_of_them_again(tmp_path: Path) -> None:
    truth = planes("I", "Q", "U")
    weights = [image(np.full(SHAPE, v, "f4"), n) for n, v in (("TT", 2), ("QQ", 3), ("UU", 4))]
    record = read(write(tmp_path / NAME, *by_name(truth), *weights), Statement())
    made = cut(tmp_path, record, "I", "Q", "U")
    (outcome,) = made.outcomes
    again = tmp_path / "again" / NAME
    again.parent.mkdir()
    again.write_bytes(made.files[str(outcome.file)])
    found = read(again, Statement())
    assert found.states == ("I", "Q", "U")
    twice = cut(again.parent, found, "I", "Q", "U", size=3.0)
    with made.stamp(outcome) as first, twice.stamp(twice.outcomes[0]) as second:
        for name in ("SCI", "Q", "U", "WGT", "WGT_Q", "WGT_U"):
            box = native_box(second["SCI"], found)
            np.testing.assert_array_equal(second[name].data, first[name].data[box])


@pytest.mark.parametrize("frame", ["C", "G"])
@pytest.mark.parametrize("convention", ["IAU", "COSMO", None])
def test_a_stamp_of_a_healpix_map_has_all_planes(
    tmp_path: Path, frame: str, convention: str | None
) -> None:
    path = write_polarised(tmp_path / "a.fits", frame, convention)
    record = read(path, Statement())
    assert record.states == ("I", "Q", "U")
    asked = request_for([(359.9, 5.0)], 500, projection=Projection.TAN)
    asked = replace(asked, polarizations=("I", "Q", "U"))
    made = make(tmp_path / "job", tmp_path, asked, [record])
    plain = replace(asked, polarizations=())
    alone = [
        make(tmp_path / name, tmp_path, plain, [read(path, Statement(image=name))])
        for name in "TQU"
    ]
    with made.stamp(made.outcomes[0]) as stamp:
        assert [hdu.name for hdu in stamp] == ["SCI", "WGT", "Q", "U"]
        assert (stamp["SCI"].data == 0).all()
        twice = 2 * np.radians(ANGLE_DEG)
        centre = tuple(side // 2 for side in stamp["Q"].data.shape)
        assert stamp["Q"].data[centre] == pytest.approx(DEGREE * np.cos(twice), abs=0.02)
        assert stamp["U"].data[centre] == pytest.approx(DEGREE * np.sin(twice), abs=0.02)
        for name, one in zip(("SCI", "Q", "U"), alone, strict=True):
            with one.stamp(one.outcomes[0]) as single:
                np.testing.assert_array_equal(stamp[name].data, single["SCI"].data)
                assert stamp[name].header["POLTYPE"] == single["SCI"].header["POLTYPE"]


def test_weights_of_each_plane_of_a_healpix_map_follow_where_it_has_them(tmp_path: Path) -> None:
    count = 12 * 32**2
    columns = {name: np.full(count, float(n)) for n, name in enumerate(["T", "Q", "U"])}
    columns |= {name: np.full(count, n) for name, n in (("TT", 2.0), ("QQ", 3.0))}
    path = write_healpix(tmp_path / "a.fits", 32, columns, cards={"POLCCONV": "IAU"})
    record = read(path, Statement())
    asked = request_for([(10.0, 5.0)], 500, projection=Projection.TAN)
    asked = replace(asked, polarizations=("I", "Q", "U"))
    made = make(tmp_path / "job", tmp_path, asked, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        assert [hdu.name for hdu in stamp] == ["SCI", "WGT", "Q", "WGT_Q", "U"]
        assert (stamp["WGT"].data.max(), stamp["WGT_Q"].data.max()) == (2, 3)


@pytest.mark.parametrize("convention", ["IAU", "COSMO"])
@pytest.mark.parametrize("is_flat", [False, True])
def test_light_curves_of_q_and_u_are_against_north_in_icrs_and_have_no_flux(
    tmp_path: Path, convention: str, is_flat: bool
) -> None:
    cards = rotated(34.0)
    path = write_polarised_flat(tmp_path / NAME, cards, convention=convention, is_flat=is_flat)
    record = replace(read(path, Statement()), unit="K", beam_arcmin=1.2, band_centre_ghz=95.0)
    asked = request_for([place_on(cards, "fk5")], 12, products=("lightcurve",))
    twice = 2 * np.radians(ANGLE_DEG)
    for state, expected in (("Q", np.cos(twice)), ("U", np.sin(twice))):
        made = make(tmp_path / state, tmp_path, replace(asked, polarizations=(state,)), [record])
        (point,) = iter_points(made.packs, [read_head(pack) for pack in made.packs])
        assert (point.status, point.flux) == ("ok", None), point
        assert point.value == pytest.approx(DEGREE * expected, abs=1e-5)
        assert "total intensity" in str(point.reason)


def test_a_light_curve_of_q_that_cannot_be_turned_fails_beside_its_native_stamp(
    tmp_path: Path,
) -> None:
    record = replace(read(write(tmp_path / NAME, *by_name(planes("I", "Q")))), unit="K")
    made = cut(tmp_path, record, "Q", products=("fits", "lightcurve"))
    assert made.outcomes[0].status == "ok"
    (point,) = iter_points(made.packs, [read_head(pack) for pack in made.packs])
    assert point.status == "failed"
    assert "no images of U" in str(point.reason)


@pytest.mark.parametrize("product", ["coadd", "difference", "lightcurve", "mosaic", "colour"])
def test_several_planes_are_of_fits_stamps_only(product: str) -> None:
    values = {"RA": "1", "DEC": "-57", "SIZE": "5", "POL": "I,Q", "PRODUCTS": f"fits,{product}"}
    values |= {"DATE_START": "2019-01-01"}
    with pytest.raises(InvalidRequestError, match=f"POL: gives {product} for one plane"):
        parse_request(list(values.items()), {}, max_targets=10)


def test_the_command_takes_planes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = planes("I", "Q", "U")
    path = write(tmp_path / NAME, *by_name(truth))
    ra, dec = middle(read(path))
    (tmp_path / "targets.csv").write_text(f"ra,dec\n{ra},{dec}\n")
    out = tmp_path / "out"
    command = ["cutout", "--positions", str(tmp_path / "targets.csv"), "--size", "5", "--quiet"]
    assert main([*command, "--pol", "u,I,q", "--out", str(out), str(path)]) == 0
    (stamp,) = out.rglob("*.fits")
    with fits.open(stamp, checksum=True) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "Q", "U"]
    assert main([*command, "--pol", "Z", "--out", str(tmp_path / "no"), str(path)]) == 2
    assert "POL" in capsys.readouterr().err
