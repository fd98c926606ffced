"""The manifest of ``sptjobs cutout``: its order, its counts, and the memory that many rows take."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.commands.cutout_rows import RowsInOrder
from sptjobs.cutouts.request_file import request_file
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.request import cutout_request
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.uws.pair_status import Status
from tests.support.memory import anonymous_bytes
from tests.support.scale import scaled
from tests.support.small_maps import make_map

NASTY = ['"', "\\", '","status":"failed"', '"map_id":"a"', "\n", "é"]
texts = st.text(max_size=8) | st.sampled_from(NASTY)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> MapRecord:
    return make_map(tmp_path_factory.mktemp("map"))


@settings(max_examples=scaled(100))
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 2), st.sampled_from(Status), texts, texts),
        unique_by=lambda row: row[:2],
    ),
    ids=st.lists(texts, min_size=3, max_size=3, unique=True),
)
def test_rows_come_by_target_and_map_whatever_their_texts_say(
    tmp_path_factory: pytest.TempPathFactory,
    record: MapRecord,
    rows: list[tuple[int, int, Status, str, str]],
    ids: list[str],
) -> None:
    maps = [replace(record, map_id=name) for name in ids]
    outcomes = [
        Outcome(
            target, objid, 1.5, -2, 5, 5, ids[place], "90GHz", "psth", "1", None, status.value,
            reason, file=None if status is Status.FAILED else objid,
        )
        for target, place, status, objid, reason in rows
    ]  # fmt: skip
    lines = (f"{each.to_line()}\n".encode() for each in outcomes)
    found = RowsInOrder.gathered(lines, maps, tmp_path_factory.mktemp("rows") / "rows")
    in_order = sorted(outcomes, key=lambda each: (each.target, ids.index(each.map_id)))
    failed = [each for each in in_order if each.status == Status.FAILED]
    assert [Outcome.from_line(line) for line in found] == in_order
    assert list(found.failed()) == failed
    assert found.counts == Counter((each.map_id, each.status) for each in outcomes)
    assert (len(found), found.files) == (len(outcomes), len(outcomes) - len(failed))


@settings(max_examples=scaled(50))
@given(st.integers(1, 4), st.lists(texts, min_size=1, max_size=9, unique=True), texts)
def test_a_request_is_written_some_targets_at_a_time_as_it_would_be_in_one_piece(
    record: MapRecord, at_once: int, objids: list[str], stack: str
) -> None:
    targets = [Target(name, n / 7, -50, 5, 5, stack=stack) for n, name in enumerate(objids)]
    request = CutoutRequest(tuple(targets))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cutout_request, "_TARGETS_AT_ONCE", at_once)
        whole = json.loads(request.to_json())
        assert request.to_json() == json.dumps(whole, sort_keys=True, separators=(",", ":"))
        assert request.digest() == hashlib.sha256(request.to_json().encode()).hexdigest()
        file = b"".join(request_file(request, "s", [record])).decode()
    assert [each["objid"] for each in whole["targets"]] == objids
    assert file == json.dumps(json.loads(file), sort_keys=True, indent=1) + "\n"
    assert json.loads(file)["request"] == whole


def test_a_run_keeps_little_of_each_target_in_memory(tmp_path: Path) -> None:
    make_map(tmp_path, "1_90GHz_psth")
    # Below some tens of thousands it is what is computed at once that counts.
    few, many = 20_000, scaled(40_000, stated=1_000_000)
    least, most = peak(tmp_path, few), peak(tmp_path, many)
    assert (most - least) / (many - few) < 300, "bytes a target"
    assert most < 300e6


def peak(folder: Path, targets: int) -> int:
    """Anonymous memory [byte] that a run with so many targets takes at most."""
    positions = folder / f"{targets}.csv"
    rows = "".join(f"t{n},{n % 360},{-40 - n % 30}\n" for n in range(targets))
    positions.write_text(f"OBJID,RA,DEC\n{rows}")
    command = [sys.executable, "-m", "sptjobs", "cutout", "--positions", str(positions)]
    command += ["--size", "1", "--tar", str(folder / f"{targets}.tar")]
    run = subprocess.Popen(
        [*command, str(folder / "1_90GHz_psth.fits")], stdout=subprocess.DEVNULL, env=os.environ
    )
    largest = 0
    while run.poll() is None:
        largest = max(largest, anonymous_bytes(run.pid))
        time.sleep(0.02)
    assert run.returncode == 0
    return largest
