"""Animations against observations whose pixels the tests chose."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sptjobs.cutouts.epochs.moving_picture import CAPTION_ROWS
from sptjobs.request.cutout_request import CutoutRequest
from tests.support.observations import (
    SHAPE,
    Observations,
    box_of,
    coadd_request,
    opened,
    run_request,
)

NAME = "t0/t0_animation_90GHz_fltd.png"
CUBE = "t0/t0_cube_90GHz_fltd.fits"


def asked_for(observed: Observations, *more: str) -> CutoutRequest:
    return coadd_request(observed, products=(*more, "animation"))


def frames(content: bytes) -> Iterator[Image.Image]:
    picture = Image.open(io.BytesIO(content))
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        yield picture.copy()


def pixels(frame: Image.Image) -> NDArray[np.uint8]:
    """Entries of the pixels of a stamp of 40 x 40, as its rows are."""
    entries = np.asarray(frame)[:-CAPTION_ROWS]
    assert entries.shape == (160, 160)
    blocks = entries.reshape(40, 4, 40, 4)
    assert (blocks == blocks[:, :1, :, :1]).all()
    return blocks[::-1, 0, :, 0]


def observations(folder: Path, count: int, bright: float = 0.0) -> Observations:
    """Noise, a hole, one pixel that is the same in all, and one that gets brighter."""
    observed = Observations(folder, 0)
    for number in range(count):
        random = np.random.default_rng(number)
        wgt = np.ones(SHAPE)
        wgt[30:50, 45 + 3 * number : 48 + 3 * number] = 0
        sci = np.where(wgt > 0, random.normal(0, 1.0, SHAPE), 0)
        sci[29, 58] = 3.0
        sci[51, 61] += bright * number
        observed.sci.append(sci.astype("f4").astype("f8"))
        observed.wgt.append(wgt)
        observed.records.append(observed.written(number, sci, wgt))
    return observed


def test_each_frame_shows_its_observation_on_one_scale_in_order_of_time(tmp_path: Path) -> None:
    observed = observations(tmp_path, 4)
    made = run_request(observed, asked_for(observed, "cube"), maps=observed.records[::-1])
    assert [outcome.animation for outcome in made.outcomes] == [NAME] * 4
    content = made.files[NAME]
    assert content.startswith(b"\x89PNG")
    assert b"acTL" in content
    with opened(made, CUBE) as hdus:
        sci, box = hdus["SCI"].data.astype("f8"), box_of(hdus["SCI"].header, observed.records[0])
    limit = 5 * 1.4826 * np.nanmedian(np.abs(sci - np.nanmedian(sci)))
    shown = [pixels(frame) for frame in frames(content)]
    assert len(shown) == 4
    for number, entries in enumerate(shown):
        seen = observed.wgt[number][box] > 0
        assert (entries[~seen] == 255).all()
        expected = 127 + 127 * np.clip(observed.sci[number][box][seen] / limit, -1, 1)
        assert np.abs(entries[seen] - expected).max() <= 0.51


def test_one_value_has_one_colour_in_all_frames_whatever_else_they_show(tmp_path: Path) -> None:
    observed = observations(tmp_path, 3, bright=500.0)
    made = run_request(observed, asked_for(observed, "cube"))
    shown = list(map(pixels, frames(made.files[NAME])))
    with opened(made, CUBE) as hdus:
        rows, columns = box_of(hdus["SCI"].header, observed.records[0])
    same = {int(frame[29 - rows.start, 58 - columns.start]) for frame in shown}
    assert len(same) == 1
    source = [int(frame[51 - rows.start, 61 - columns.start]) for frame in shown]
    assert source[0] < source[1] == source[2] == 254


def test_each_frame_has_its_date_below_the_pixels(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    captions = [
        np.asarray(frame)[-CAPTION_ROWS:]
        for frame in frames(run_request(observed, asked_for(observed)).files[NAME])
    ]
    assert all((caption == 0).sum() > 50 for caption in captions)
    # 2019-03-01 06:00 and 2019-03-02 06:00 differ in their tenth sign, of 6 columns each.
    differing = np.flatnonzero((captions[0] != captions[1]).any(axis=0))
    assert set(differing.tolist()) <= set(range(2 + 9 * 6, 2 + 10 * 6))
    assert differing.size


def test_texts_of_the_file_say_what_it_shows_and_what_its_entries_mean(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    texts = next(frames(run_request(observed, asked_for(observed)).files[NAME])).info
    assert texts["Title"] == "t0, 90GHz, filtered"
    assert texts["Scale"].startswith("entry 127 is 0, entry 254 is ")
    assert texts["Scale"].endswith(" (mJy)")


@pytest.mark.parametrize("count", [1, 2])
def test_a_target_of_few_observations_has_an_animation_too(tmp_path: Path, count: int) -> None:
    observed = Observations(tmp_path, count)
    found = list(frames(run_request(observed, asked_for(observed)).files[NAME]))
    assert len(found) == count


def test_the_same_observations_give_the_same_bytes(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    asked = asked_for(observed)
    one, other = (run_request(observed, asked).files[NAME] for _ in range(2))
    assert one == other
