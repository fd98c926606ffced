"""Stretches of HEALPix cells, against sets of their numbers."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.healpix import observed_cells
from sptjobs.formats.healpix.observed_cells import Stretches

ORDER = 4
NUMBERS = st.sets(st.integers(0, 12 * 4**ORDER - 1), min_size=1, max_size=60)


@given(
    numbers=NUMBERS,
    orders=st.integers(0, ORDER),
    chunk=st.sampled_from([1, 2, 3, 7, 1 << 20]),
    kind=st.sampled_from([np.uint32, np.int64]),
)
def test_cells_and_larger_cells_are_those_of_the_set(
    numbers: set[int], orders: int, chunk: int, kind: type
) -> None:
    with patch.object(observed_cells, "CHUNK", chunk):
        found = Stretches.of(ORDER, np.array(sorted(numbers), kind))
        assert found.count == len(numbers)
        assert np.concatenate(list(found.cells())).tolist() == sorted(numbers)
        larger = found.coarser(orders)
        expected = sorted({number >> (2 * orders) for number in numbers})
        assert np.concatenate(list(larger.cells())).tolist() == expected
        assert found.coarser_counts(orders) == (len(larger.starts), len(expected))
        assert (larger.starts[1:] > larger.ends[:-1]).all()


def test_few_stretches_hold_no_more_memory_than_they_need() -> None:
    found = Stretches.of(ORDER, np.arange(1000, dtype=np.uint32))
    assert found.starts.base is None
    assert (found.starts.tolist(), found.ends.tolist()) == ([0], [1000])


@pytest.mark.parametrize("most", [1, 10, 10**6])
def test_cells_grow_until_they_are_few_enough(most: int) -> None:
    found = Stretches.of(ORDER, np.arange(0, 3000, 7))
    orders = observed_cells._least_orders(found, 0, most)
    assert len(found.coarser(orders).starts) <= most or orders == ORDER
    assert orders == 0 or len(found.coarser(orders - 1).starts) > most
