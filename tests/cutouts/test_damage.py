"""A map file that rots after it was catalogued, its size and time of change kept."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from tests.support.cutting import Made, make
from tests.support.scale import examples
from tests.support.small_maps import make_map, request_for

PLACES = [(0.0, -57.5), (0.2, -57.45), (-0.3, -57.52)]
KINDS = [None, "gzip", "GZIP_2", "RICE_1"]
MEMORY = 4 << 30

pytestmark = pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")


@contextmanager
def capped_memory() -> Iterator[None]:
    """Cap this process as a cutting child is capped."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def harm(path: Path, record: MapRecord, whole: bytes, place: float, content: bytes) -> int:
    """Write bytes over a file's, and keep its size and time; return where."""
    begin = int(place * (len(whole) - 1))
    harmed = bytearray(whole)
    harmed[begin : begin + len(content)] = content
    path.write_bytes(harmed[: len(whole)])
    os.utime(path, ns=(0, record.mtime_ns))
    return begin


def stamps(made: Made, map_id: str) -> dict[str, bytes]:
    return {
        str(o.file): made.files[str(o.file)] for o in made.outcomes if o.map_id == map_id and o.file
    }


class Damaged:
    """A map to be damaged beside a good one, and what both give while they are whole."""

    def __init__(self, folder: Path, compression: str | None, *, summed: bool) -> None:
        self.folder, self.runs = folder, 0
        small: dict[str, Any] = {"shape": (120, 200), "summed": summed}
        self.bad = make_map(folder, "bad", compression=compression, **small)
        self.good = make_map(folder, "good", record={"obsid": "2"}, **small)
        self.path = folder / self.bad.path
        self.content = self.path.read_bytes()
        self.whole = stamps(self.cut(), "bad")

    def cut(self, projection: Projection = Projection.NATIVE) -> Made:
        self.runs += 1
        request = request_for(PLACES, 3, projection=projection, products=("fits", "lightcurve"))
        with capped_memory():
            return make(self.folder / f"{self.runs}", self.folder, request, [self.bad, self.good])


@pytest.fixture(scope="module", params=KINDS, ids=str)
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    return Damaged(tmp_path_factory.mktemp("checked"), request.param, summed=True)


# Damage makes the decoder of RICE_1 crash: without sums, supervision of the child is what is left.
@pytest.fixture(scope="module", params=KINDS[:3], ids=str)
def unchecked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    return Damaged(tmp_path_factory.mktemp("unchecked"), request.param, summed=False)


PLACE = st.one_of(st.floats(0, 1), st.floats(0, 0.1))
"""Headers are at the beginning of small files: they are damaged as often as pixels."""
JUNK = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.binary(min_size=80, max_size=400),
    st.sampled_from([b"\0" * 4096, b"\xff" * 2880, b" " * 2880, b"9999999999", b"END".ljust(80)]),
)


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=PLACE, junk=JUNK, projection=st.sampled_from(Projection))
def test_damage_anywhere_fails_pairs_of_that_map_only(
    unchecked: Damaged, place: float, junk: bytes, projection: Projection
) -> None:
    harm(unchecked.path, unchecked.bad, unchecked.content, place, junk)
    made = unchecked.cut(projection)
    assert [o.status for o in made.outcomes if o.map_id == "good"] == ["ok"] * len(PLACES)
    for outcome in made.outcomes:
        assert (outcome.reason is None) == (outcome.status == "ok")
        assert str(unchecked.folder) not in str(outcome.reason)
    for outcome in made.outcomes[1::2]:
        with made.stamp(outcome) as stamp:
            assert stamp[0].header["SRC_CHK"] is False


@settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=PLACE, junk=JUNK)
def test_pixels_that_rotted_are_never_served(checked: Damaged, place: float, junk: bytes) -> None:
    harm(checked.path, checked.bad, checked.content, place, junk)
    made = checked.cut()
    assert [o.status for o in made.outcomes if o.map_id == "good"] == ["ok"] * len(PLACES)
    served = stamps(made, "bad")
    assert served == {name: checked.whole[name] for name in served}
