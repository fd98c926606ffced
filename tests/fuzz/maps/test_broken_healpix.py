"""Broken HEALPix files are read or refused by name, in time and memory; so are their stamps."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sptjobs.archive.map_reader import MapReader, ReadingLimits
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.pair_status import Status
from tests.fuzz.maps.mutator import broken, numbered_wrongly
from tests.fuzz.maps.whole import OBSID, whole_healpix
from tests.support.cutting import make
from tests.support.scale import scaled
from tests.support.small_maps import request_for

SEED = os.environ.get("SPT_TEST_SEED", "16")
COUNT = scaled(120, 2000)
LIMITS = ReadingLimits(memory_bytes=1 << 29, seconds=600.0)
PLACES = [(0.0, -57.5), (0.5, -52.0), (180.0, 57.5)]
NAME = f"{OBSID}_90GHz_psth.fits"

pytestmark = pytest.mark.filterwarnings("ignore")


def broken_files(folder: Path) -> Iterator[Path]:
    whole = whole_healpix(folder)
    for number in range(COUNT):
        chance = random.Random(f"{SEED} {number}")
        inside = folder / str(number)
        inside.mkdir()
        lies = bool(number % 2)
        content = numbered_wrongly(chance, whole) if lies else broken(chance, [whole]).stored
        (inside / NAME).write_bytes(content)
        yield inside


def read(reader: MapReader, folder: Path) -> MapRecord | str:
    """Record of a file, or why it is refused."""
    try:
        return reader.read(folder / NAME, NAME)
    except MapError as error:
        return str(error)


def test_a_broken_file_is_refused_by_name_or_its_stamps_have_honest_statuses(
    tmp_path: Path,
) -> None:
    request = request_for(PLACES, 300, projection=Projection.TAN)
    count = 0
    with MapReader(LIMITS) as reader:
        for folder in broken_files(tmp_path):
            found = read(reader, folder)
            if isinstance(found, str):
                assert 0 < len(found) < 400, folder.name
                assert "took longer" not in found, folder.name
                assert "ended the reading process" not in found, folder.name
                continue
            count += 1
            for outcome in make(folder / "job", folder, request, [found]).outcomes:
                assert (outcome.status == Status.OK) == (outcome.reason is None)
                assert "while cutting" not in str(outcome.reason), (folder.name, outcome.reason)
    assert 0 < count < COUNT
