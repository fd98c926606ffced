"""Records travel through catalogues and plans of this release and the one before."""

from dataclasses import replace
from pathlib import Path

from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.maps.record import FLAT_SKY, MapRecord
from tests.support.small_maps import make_map, request_for

NEW = {"format", "block_sums", "noise"}
"""Attributes that the release before does not know, and would refuse."""


def test_the_release_before_reads_the_records_of_maps_that_it_can_cut(tmp_path: Path) -> None:
    record = make_map(tmp_path, summed=True)
    assert record.format == FLAT_SKY
    assert not NEW & set(record.to_fields())
    assert MapRecord.from_json(record.to_json()) == replace(record, block_sums=None, noise=None)


def test_a_record_of_another_format_says_which(tmp_path: Path) -> None:
    record = replace(make_map(tmp_path), format="spheres")
    assert MapRecord.from_json(record.to_json()).format == "spheres"


def test_sums_and_noise_travel_with_a_plan_beside_the_records(tmp_path: Path) -> None:
    records = [make_map(tmp_path, "a", summed=True), make_map(tmp_path, "b", record={"obsid": "2"})]
    records[1] = replace(records[1], noise="{}")
    part = plan(request_for([(0.0, -57.5)]), records, 1e9).part(0, 0)
    line = part.to_line()
    assert PartPlan.from_line(line) == part
    assert [used.record.block_sums for used in part.maps] == [records[0].block_sums, None]
    assert [used.record.noise for used in part.maps] == [None, "{}"]


def test_a_plan_of_an_earlier_release_has_no_sums_and_no_noise(tmp_path: Path) -> None:
    part = plan(request_for([(0.0, -57.5)]), [make_map(tmp_path)], 1e9).part(0, 0)
    before = part.to_line().replace(',"block_sums":[null],"noise":[null]', "")
    assert before != part.to_line()
    assert PartPlan.from_line(before) == part
