"""Texts that are written by compiled code are those that Python writes."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sptjobs.compiled.loops import number_texts
from tests.support.compiled import having_loops
from tests.support.scale import examples


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.floats() | st.integers() | st.none() | st.booleans(), max_size=20))
@example([0.0, -0.0, 1.0, 0.5, 0.1, 1e-4, 1e15, 999999999999999.9, 9007199254740993.0, 2.0**-11])
def test_a_value_is_written_as_python_writes_it(loops: ModuleType, values: list[object]) -> None:
    assert loops.number_texts(values) == list(map(repr, values))


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 17))
def test_so_are_numbers_of_all_sizes_and_digits(loops: ModuleType, seed: int, digits: int) -> None:
    draw = np.random.default_rng(seed)
    drawn = draw.choice((-1, 1), 2000) * 10 ** draw.uniform(-7, 19, 2000)
    shorter = [float(f"{number:.{digits}g}") for number in drawn.tolist()]
    powers = 2.0 ** draw.integers(-30, 70, 50)
    beside = np.concatenate([powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf)])
    bits = draw.integers(0, 1 << 63, 2000, dtype=np.uint64).view(np.float64)
    for values in (drawn.tolist(), shorter, beside.tolist(), bits.tolist()):
        assert loops.number_texts(values) == list(map(repr, values))


def test_without_compiled_code_python_writes_them(loops: ModuleType) -> None:
    values = [0.1, 12, 1e300, float("nan")]
    for each in (loops, None):
        with having_loops(each):
            assert number_texts(values) == ["0.1", "12", "1e+300", "nan"]


def test_what_is_no_sequence_is_refused(loops: ModuleType) -> None:
    with pytest.raises(TypeError):
        loops.number_texts(1.0)
