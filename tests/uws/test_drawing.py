"""The drawing of both state machines says what their tables say."""

import re
from pathlib import Path

from sptjobs.uws.parts import PART_TRANSITIONS, PartState
from sptjobs.uws.phases import SWEPT, TRANSITIONS, ExecutionPhase

_PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
_ARROW = re.compile(r"^ +(\w+) --> (\w+)(?:: (.*))?$", re.MULTILINE)


def arrows(machine: str) -> list[tuple[str, str, str]]:
    """Arrows between two states of a machine, with their labels."""
    drawn = _PAGE.read_text("utf-8").partition(f"as {machine} {{\n")[2].partition("}")[0]
    return _ARROW.findall(drawn)


def test_the_states_of_parts_are_drawn_as_their_table_has_them() -> None:
    drawn = {(PartState(source), PartState(target)) for source, target, _ in arrows("parts")}
    table = {(source, target) for source, targets in PART_TRANSITIONS.items() for target in targets}
    assert drawn == table


def test_phases_are_drawn_with_legal_changes_only_and_none_is_without_a_way_to_its_end() -> None:
    drawn = {(ExecutionPhase(a), ExecutionPhase(b)) for a, b, _ in arrows("phases")}
    assert all(target in TRANSITIONS[source] for source, target in drawn)
    shown = {phase for arrow in drawn for phase in arrow}
    # Nothing in this release suspends a job, and none is ever stored as UNKNOWN.
    assert set(ExecutionPhase) - shown == {ExecutionPhase.SUSPENDED, ExecutionPhase.UNKNOWN}
    assert shown - {source for source, _ in drawn} == {ExecutionPhase.ARCHIVED}


def test_each_actor_is_drawn_where_it_leads() -> None:
    named = {
        (actor, ExecutionPhase(target))
        for _, target, label in arrows("phases")
        for actor in re.findall(r"\((\w+)\)", label)
    }
    assert named == set(SWEPT.items())
