"""States of parts: one table, and no other spelling of them."""

import ast
import re
from pathlib import Path

import pytest

from sptjobs.uws.parts import OPEN, PART_TRANSITIONS, Lane, PartState

SOURCES = Path(__file__).parents[2] / "src"
NAMES = {*PartState, *Lane}


def test_every_state_is_in_the_table_and_what_is_over_stays_over() -> None:
    assert set(PART_TRANSITIONS) == set(PartState)
    assert {PartState.DONE, PartState.DROPPED} == set(PartState) - OPEN
    assert all(not PART_TRANSITIONS[state] for state in set(PartState) - OPEN)


def test_every_open_part_can_be_dropped_and_every_part_can_be_done() -> None:
    assert all(PartState.DROPPED in PART_TRANSITIONS[state] for state in OPEN)
    reached, found = {PartState.READY}, set[PartState]()
    while reached - found:
        found |= reached
        reached |= {target for state in found for target in PART_TRANSITIONS[state]}
    assert found == set(PartState)


def _bare(source: str) -> list[str]:
    """Texts that are compared with, or written to, the column of a state or a lane."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        texts: list[ast.expr] = []
        if isinstance(node, ast.Compare) and re.search(r"\.c\.(state|lane)\b", ast.unparse(node)):
            texts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call):
            texts = [each.value for each in node.keywords if each.arg in {"state", "lane"}]
            if re.search(r"\.c\.(state|lane)\.in_$", ast.unparse(node.func)):
                texts += [each for argument in node.args for each in ast.walk(argument)]  # type: ignore[misc]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            texts = [
                value
                for key, value in pairs
                if isinstance(key, ast.Constant) and key.value in {"state", "lane"}
            ]
        found += [
            str(each.value)
            for each in texts
            if isinstance(each, ast.Constant) and each.value in NAMES
        ]
    return found


def test_no_state_or_lane_is_spelt_out_in_a_statement() -> None:
    bare = {
        path.relative_to(SOURCES).as_posix(): found
        for path in SOURCES.rglob("*.py")
        if "node_modules" not in path.parts and (found := _bare(path.read_text("utf-8")))
    }
    assert bare == {}


@pytest.mark.parametrize(
    "statement",
    [
        'part.c.state == "running"',
        'query.where(job.c.lane == "reserved")',
        'part.c.state.in_(["ready", "running"])',
        'update(part).values(state="done")',
        '{"number": 0, "state": "ready"}',
    ],
)
def test_a_state_that_is_spelt_out_is_found(statement: str) -> None:
    assert _bare(statement)
