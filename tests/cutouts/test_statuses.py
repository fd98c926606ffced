"""Every pair ends in one honest status."""

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from tests.support.cutting import Made, make
from tests.support.small_maps import make_map, request_for

OUTSIDE, PADDING, EDGE, INSIDE, HALF_PADDING = (
    (0.0, -20.0),
    (0.0, -58.1),
    (1.9, -57.5),
    (0.0, -57.5),
    (0.0, -58.05),
)


def _statuses(made: Made) -> list[str]:
    return [outcome.status for outcome in made.outcomes]


@pytest.mark.parametrize("projection", Projection)
@pytest.mark.parametrize("compression", [None, "GZIP_2"])
def test_a_target_outside_in_padding_on_an_edge_and_inside_end_as_they_are(
    tmp_path: Path, projection: Projection, compression: str | None
) -> None:
    record = make_map(tmp_path, compression=compression)
    places = [OUTSIDE, PADDING, EDGE, INSIDE, HALF_PADDING]

    made = make(tmp_path / "job", tmp_path, request_for(places, 3, projection=projection), [record])
    wide = make(
        tmp_path / "wide", tmp_path, request_for([EDGE], 10, projection=projection), [record]
    )

    assert _statuses(made)[0] == "outside"
    assert _statuses(made)[1] == "no-data"
    assert _statuses(made)[3] == "ok"
    assert _statuses(made)[4] == "partial"
    assert _statuses(wide) == ["partial"]
    for outcome in made.outcomes:
        written = outcome.status in {"ok", "partial"}
        assert (outcome.file is not None) == written
        assert (outcome.reason is None) == (outcome.status == "ok")
        assert (outcome.covered is None) == (outcome.status == "outside")
        if written:
            assert outcome.sha256 == made.sha256[str(outcome.file)]
            assert outcome.size == len(made.files[str(outcome.file)])
            with made.stamp(outcome) as stamp:
                sci, wgt = stamp["SCI"].data, stamp["WGT"].data
                observed = (wgt > 0) & np.isfinite(sci)
                assert outcome.covered == observed.mean() == stamp["SCI"].header["COVERED"]


def test_coverage_of_the_centre_is_stated(tmp_path: Path) -> None:
    record = make_map(tmp_path, hole=(245, 145, 255, 155))
    made = make(tmp_path / "job", tmp_path, request_for([INSIDE]), [record])

    assert made.outcomes[0].status == "partial"
    assert made.outcomes[0].centre_covered is False
    with made.stamp(made.outcomes[0]) as stamp:
        assert stamp["SCI"].header["CENTCOV"] is False


def test_finite_pixels_without_weight_and_weighted_nan_count_as_unobserved(tmp_path: Path) -> None:
    from astropy.io import fits

    record = make_map(tmp_path)
    with fits.open(tmp_path / record.path, mode="update") as hdus:
        hdus["SCI"].data[150, 250] = np.nan
        hdus["WGT"].data[151, 250] = -1
        hdus["WGT"].data[152, 250] = np.nan
        hdus["SCI"].data[153, 250] = np.inf
    about = (tmp_path / record.path).stat()
    record = replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)

    made = make(tmp_path / "job", tmp_path, request_for([INSIDE]), [record])

    assert made.outcomes[0].covered == 1 - 4 / 1600


def _missing(folder: Path, record: MapRecord) -> None:
    (folder / record.path).unlink()


def _changed(folder: Path, record: MapRecord) -> None:
    os.utime(folder / record.path, ns=(0, record.mtime_ns + 1))


def _grown(folder: Path, record: MapRecord) -> None:
    with (folder / record.path).open("ab") as stream:
        stream.write(b"\0" * 2880)


def _replaced_by_junk(folder: Path, record: MapRecord) -> None:
    path = folder / record.path
    path.write_bytes(os.urandom(record.size_bytes))
    os.utime(path, ns=(0, record.mtime_ns))


def _made_a_folder(folder: Path, record: MapRecord) -> None:
    (folder / record.path).unlink()
    (folder / record.path).mkdir()


def _made_a_pipe(folder: Path, record: MapRecord) -> None:
    """Nobody is at its other end: opening it as a file would wait for ever."""
    (folder / record.path).unlink()
    os.mkfifo(folder / record.path)


def _given_many_axes(folder: Path, record: MapRecord) -> None:
    """A reader that believes it loops over two thousand million axes."""
    path = folder / record.path
    content = path.read_bytes()
    if record.compression == "gzip":
        content = gzip.decompress(content)
    place = content.index(b"NAXIS   =", 2880)
    content = content[: place + 10] + b"2147483647".rjust(20) + content[place + 30 :]
    if record.compression == "gzip":
        content = gzip.compress(content)
    content = content[: record.size_bytes].ljust(record.size_bytes, b"\0")
    path.write_bytes(content)
    os.utime(path, ns=(0, record.mtime_ns))


@pytest.mark.parametrize(
    "harm",
    [_missing, _changed, _grown, _replaced_by_junk, _made_a_folder, _made_a_pipe, _given_many_axes],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("compression", [None, "GZIP_2", "gzip"])
def test_a_map_that_is_not_what_was_catalogued_fails_its_own_pairs_only(
    tmp_path: Path, harm: Callable[[Path, MapRecord], None], compression: str | None
) -> None:
    bad = make_map(tmp_path, "bad", compression=compression)
    good = make_map(tmp_path, "good", record={"obsid": "2"})
    harm(tmp_path, bad)

    made = make(tmp_path / "job", tmp_path, request_for([INSIDE, (0.5, -57.5)], 3), [bad, good])

    assert _statuses(made) == ["failed", "ok"] * 2
    for outcome in made.outcomes[::2]:
        assert outcome.reason is not None
        assert outcome.reason.startswith("the map file ")
        assert str(tmp_path) not in outcome.reason


@pytest.mark.parametrize("compression", ["GZIP_2", "RICE_1"])
def test_damage_inside_a_compressed_map_fails_the_stamps_that_need_it(
    tmp_path: Path, compression: str
) -> None:
    record = make_map(tmp_path, compression=compression, shape=(1200, 500))
    path = tmp_path / record.path
    content = bytearray(path.read_bytes())
    third = len(content) // 4
    content[third : third + 2560] = bytes(range(256)) * 10
    path.write_bytes(content)
    os.utime(path, ns=(0, record.mtime_ns))
    places = [(0.0, -57.5 + 0.1 * step) for step in range(-20, 21)]

    made, single = (
        make(tmp_path / f"{cost}", tmp_path, request_for(places, 3), [record], cost)
        for cost in (1e9, 1e-9)
    )

    assert made.outcomes == single.outcomes
    assert len(made.outcomes) == len(places)
    assert {"ok", "failed"} <= set(_statuses(made))
    assert _statuses(made).count("failed") < 5


@pytest.mark.filterwarnings("ignore:File may have been truncated")
def test_a_map_cut_short_fails_with_its_reason(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    path = tmp_path / record.path
    path.write_bytes(path.read_bytes()[: record.size_bytes // 2])
    about = path.stat()
    record = replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)

    made = make(tmp_path / "job", tmp_path, request_for([INSIDE]), [record])

    assert _statuses(made) == ["failed"]
    assert "damaged" in str(made.outcomes[0].reason)


def test_two_maps_with_the_same_observation_number_make_two_files(tmp_path: Path) -> None:
    maps = [
        make_map(tmp_path, "north", record={"field": "ra0hdec-52.25"}),
        make_map(tmp_path, "south", seed=2),
    ]

    made = make(tmp_path / "job", tmp_path, request_for([INSIDE]), maps)

    assert [outcome.file for outcome in made.outcomes] == [
        "t0/t0_90GHz_282023912_ra0hdec-52.25_psth.fits",
        "t0/t0_90GHz_282023912_ra0hdec-59.75_psth.fits",
    ]
    assert made.outcomes[0].sha256 != made.outcomes[1].sha256


def test_a_preview_alone_makes_no_fits_file(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    request = request_for([INSIDE, PADDING], 3, products=("preview",))

    made = make(tmp_path / "job", tmp_path, request, [record])

    assert set(made.files) == {"request.json", "t0/t0_90GHz_282023912_psth.png"}
    assert made.files["t0/t0_90GHz_282023912_psth.png"].startswith(b"\x89PNG")
    assert made.outcomes[0].file is made.outcomes[0].sha256 is None
    assert made.outcomes[0].preview == "t0/t0_90GHz_282023912_psth.png"
    assert made.outcomes[0].covered == 1
    assert made.outcomes[1].preview is None


def test_a_request_that_nothing_answers_makes_no_outcome(tmp_path: Path) -> None:
    moving = CutoutRequest((Target("a", 0, -57.5, 10, 10, tmax=1.0),))

    made = make(tmp_path / "job", tmp_path, moving, [make_map(tmp_path)])

    assert made.outcomes == []
    assert set(made.files) == {"request.json"}


SENSELESS: dict[str, dict[str, Any]] = {
    "no WCS": {"wcs": {}},
    "not of the sky": {"wcs": {"CTYPE1": "FREQ", "CTYPE2": "STOKES"}},
    "no such projection": {"wcs": {"CTYPE1": "RA---XYZ", "CTYPE2": "DEC--XYZ"}},
    "no extent": {"wcs": {"PC1_1": 0.0, "PC2_2": 0.0}},
    "no number": {"wcs": {"CRVAL1": "here"}},
    "no such frame": {"frame": "SUPERGALACTIC"},
    "a format of a later release": {"format": "rings"},
}
"""What another release may have catalogued, or a hand in the database."""


@pytest.mark.parametrize("cost", [1e9, 1e-9], ids=["one part", "many parts"])
@pytest.mark.parametrize("projection", Projection)
@pytest.mark.parametrize("name", SENSELESS)
def test_a_record_that_cannot_be_placed_fails_its_own_pairs_only(
    tmp_path: Path, name: str, projection: Projection, cost: float
) -> None:
    good = make_map(tmp_path, "good", record={"obsid": "2"})
    changes = dict(SENSELESS[name])
    if changes.get("wcs"):
        changes["wcs"] = good.wcs | changes["wcs"]
    bad = replace(good, map_id="bad", obsid="3", **changes)
    request = request_for(
        [INSIDE, OUTSIDE], 3, projection=projection, products=("fits", "lightcurve")
    )

    made = make(tmp_path / "job", tmp_path, request, [bad, good], cost)

    assert _statuses(made) == ["failed", "ok", "failed", "outside"]
    for outcome in made.outcomes[::2]:
        said = "which this release does not read" if "format" in changes else "anew"
        assert said in str(outcome.reason)
    points = iter_points(made.packs, [read_head(pack) for pack in made.packs])
    assert [(p.target, p.status) for p in points if p.epoch.obsid == "3"] == [
        (0, "failed"), (1, "failed"),
    ]  # fmt: skip
