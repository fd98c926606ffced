"""The users' guide tells how much of a point source's peak a stamp shows."""

import re
from pathlib import Path

import pytest

from tests.bench.peaks import BEAMS, WAYS, measure

GUIDE = Path(__file__).parents[2] / "docs/users/stamps.md"


def documented() -> dict[tuple[str, str], str]:
    """Cells of the guide's table by way of cutting and band."""
    text = GUIDE.read_text("utf-8").partition("| peak [%], mean (least) |")[2]
    rows = re.findall(r"^\| (\w.*?) \| (.*) \|$", text, re.MULTILINE)
    return {
        (way, band): cell
        for way, cells in rows
        for band, cell in zip(BEAMS, cells.split(" | "), strict=True)
    }


def test_the_guide_has_every_way_of_cutting_and_every_band() -> None:
    assert set(documented()) == {(way, band) for way in WAYS for band in BEAMS}


@pytest.mark.parametrize(("way", "band"), [("native", "150GHz"), ("TAN, bicubic", "220GHz")])
def test_the_peaks_that_the_guide_tells_are_those_of_stamps(
    tmp_path: Path, way: str, band: str
) -> None:
    assert str(measure(tmp_path, BEAMS[band], WAYS[way])) == documented()[way, band]
