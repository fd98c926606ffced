"""Texts that are written by compiled code are those that Python writes."""

import json
import tarfile
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sptjobs.compiled.loops import number_texts
from sptjobs.packs.member_header import bare_header
from sptjobs.uws.pair_status import Status
from tests.support.compiled import having_loops
from tests.support.scale import examples


@settings(max_examples=examples(100), deadline=None)
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


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(list(Status))
    | st.sampled_from(
        ["", '"', "\\", "\x7f", "\x1f", "é", "\ud800", "plain", 2**63, -(2**63), 2**64]
    )
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=6))
def test_rows_of_json_are_those_of_the_encoder(
    loops: ModuleType, rows: list[tuple[object, object]]
) -> None:
    columns = [[row[0] for row in rows], [row[1] for row in rows]]
    found = loops.json_rows(['{"a":', ',"b":', "}\n"], columns, json.dumps)
    expected = "".join(
        f'{{"a":{json.dumps(first)},"b":{json.dumps(second)}}}\n' for first, second in rows
    )
    assert found == expected.encode()


def test_rows_of_json_grow_as_they_have_to(loops: ModuleType) -> None:
    texts = ["x" * 5000, "y" * 70_000, "z"] * 3
    found = loops.json_rows(["", "\n"], [texts], json.dumps)
    assert found.decode().splitlines() == [f'"{text}"' for text in texts]


def test_an_encoder_that_fails_or_shrinks_the_columns_ends_the_rows(loops: ModuleType) -> None:
    column: list[object] = [object(), 1, 2]
    with pytest.raises(TypeError):
        loops.json_rows(["", ""], [column], json.dumps)

    def emptying(_: object) -> str:
        column.clear()
        return "x"

    with pytest.raises(IndexError):
        loops.json_rows(["", ""], [column], emptying)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.text("abc 1.-", max_size=9), min_size=1, max_size=8), st.booleans())
def test_texts_are_put_where_python_puts_them(
    loops: ModuleType, texts: list[str], is_left: bool
) -> None:
    rows = np.full((len(texts), 20), ord("#"), np.uint8)
    loops.put_texts(rows, 20, 7, 9, texts, is_left)
    side = str.ljust if is_left else str.rjust
    assert [row.tobytes().decode() for row in rows] == [
        "#######" + side(text, 9) + "####" for text in texts
    ]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.text(st.characters(max_codepoint=127), max_size=100), min_size=1, max_size=5),
    st.integers(0, 8**11 - 1),
)
def test_headers_of_members_are_those_of_tarfile(
    loops: ModuleType, names: list[str], size: int
) -> None:
    names = [name.replace("\0", "") for name in names]
    rows = np.zeros((len(names), 600), np.uint8)
    loops.member_headers(rows, 600, bare_header(), names, size)
    for row, name in zip(rows, names, strict=True):
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o644
        assert row[:512].tobytes() == member.tobuf(tarfile.PAX_FORMAT)
        assert not row[512:].any()


def test_what_does_not_fit_is_refused(loops: ModuleType) -> None:
    rows, bare = np.zeros((2, 600), np.uint8), bare_header()
    wrong: tuple[Callable[[], object], ...] = (
        lambda: loops.put_texts(rows, 600, 590, 20, ["a"], True),
        lambda: loops.put_texts(rows, 600, -1, 20, ["a"], True),
        lambda: loops.put_texts(rows, 600, 0, -1, ["a"], True),
        lambda: loops.put_texts(rows, 600, 0, 1, ["ab"], True),
        lambda: loops.put_texts(rows, 600, 0, 1, ["a"] * 3, True),
        lambda: loops.put_texts(rows, 0, 0, 0, [], True),
        lambda: loops.put_texts(rows, 600, 0, 9, ["é"], True),
        lambda: loops.member_headers(rows, 600, bare, ["a"] * 3, 1),
        lambda: loops.member_headers(rows, 511, bare, ["a"], 1),
        lambda: loops.member_headers(rows, 600, bare[1:], ["a"], 1),
        lambda: loops.member_headers(rows, 600, bare, ["a" * 101], 1),
        lambda: loops.member_headers(rows, 600, bare, ["é"], 1),
        lambda: loops.member_headers(rows, 600, bare, ["a"], 8**11),
        lambda: loops.member_headers(rows, 600, bare, ["a"], -1),
        lambda: loops.json_rows(["", ""], [], json.dumps),
        lambda: loops.json_rows([""], [[1]], json.dumps),
        lambda: loops.json_rows(["", "", ""], [[1], [1, 2]], json.dumps),
        lambda: loops.json_rows(["", ""], [(1,)], json.dumps),
        lambda: loops.json_rows(["é", ""], [[1]], json.dumps),
    )
    for call in wrong:
        with pytest.raises(ValueError, match=r"agree|ASCII"):
            call()
    for texts in ([1], [None]):
        with pytest.raises(TypeError):
            loops.put_texts(rows, 600, 0, 9, texts, True)
