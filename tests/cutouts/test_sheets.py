"""What is made of many stamps at once is what would be made of each alone."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.cutouts import cut
from sptjobs.cutouts.map_cutting import MapCutting
from sptjobs.cutouts.stamps import sheet_files
from sptjobs.cutouts.stamps.card_columns import CardColumns
from sptjobs.cutouts.stamps.checksums import encoded, with_carries, word_sums
from sptjobs.cutouts.stamps.header_bytes import NumberCard, TextCard, card, datasum_card
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.packs.packed_files import MemberSlots
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from tests.support.cutting import Made, make
from tests.support.scale import examples
from tests.support.small_maps import make_map, wcs_cards

SHAPE = (120, 200)


@contextmanager
def _each_alone() -> Iterator[None]:
    """Cut one pair after the other, as where stamps cannot be made together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MapCutting, "_sheet", lambda *_: None)
        yield


def _same(one: Made, other: Made) -> None:
    assert one.outcomes == other.outcomes
    assert one.files == other.files
    assert one.sha256 == other.sha256


def _request(record: MapRecord, seed: int, **style: Any) -> CutoutRequest:
    """Targets on the map, over its edges and beyond, of few sizes, some of long names."""
    draw = np.random.default_rng(seed)
    places = draw.uniform((-30, -30), (SHAPE[1] + 30, SHAPE[0] + 30), (150, 2))
    sizes = draw.choice([0.2, 3.0, 5.1, 10.0], (150, 2))
    sky = map_wcs(record.wcs).wcs_pix2world(places, 0).tolist()
    return CutoutRequest(
        tuple(
            Target("n" * 90 if number % 70 == 69 else f"t{number}", ra % 360, dec, *size.tolist())
            for number, ((ra, dec), size) in enumerate(zip(sky, sizes, strict=True))
        ),
        **style,
    )


@pytest.mark.parametrize("at_hand", [1, 30_000])
def test_files_written_some_at_a_time_are_those_written_together(
    tmp_path: Path, at_hand: int
) -> None:
    """Sheets of one size grow and shrink, and so does the room for their files, to a limit."""
    record = make_map(tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE))
    whole = _request(record, 1)
    few = [dataclasses.replace(whole, targets=whole.targets[:count]) for count in (1, 60)]
    for number, request in enumerate([*few, whole]):
        usual = make(tmp_path / f"usual{number}", tmp_path, request, [record])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sheet_files, "_AT_HAND_BYTES", at_hand)
            patch.setattr(cut, "_BATCH", 7)
            _same(make(tmp_path / f"some{number}", tmp_path, request, [record]), usual)


def test_one_stamp_has_room_for_one_file(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE))
    ra, dec = map_wcs(record.wcs).wcs_pix2world([[100, 60]], 0)[0].tolist()
    request = CutoutRequest((Target("t", ra % 360, dec, 3.0, 3.0),))
    rooms, new = [], MemberSlots.new

    def counted(count: int, size: int) -> MemberSlots:
        rooms.append(count)
        return new(count, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemberSlots, "new", counted)
        make(tmp_path / "made", tmp_path, request, [record])
    assert rooms == [1]


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "i4", "u1"])
@pytest.mark.parametrize("compression", [None, "RICE_1"])
def test_native_stamps_made_together_are_those_made_alone(
    tmp_path: Path, compression: str | None, dtype: str, pad: bool
) -> None:
    if compression is not None and dtype == "f8":
        dtype = "f4"
    record = make_map(
        tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE, crpix=(900.0, -300.0)), dtype=dtype,
        compression=compression, hole=(40, 40, 90, 70), summed=compression is None,
    )  # fmt: skip
    request = _request(record, 1, pad=pad)

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    assert len(together.files) > 50
    _same(together, alone)


@pytest.mark.parametrize("order", [Order.NEAREST, Order.BILINEAR, Order.BICUBIC])
@pytest.mark.parametrize("compression", [None, "GZIP_2"])
def test_resampled_stamps_made_together_are_those_made_alone(
    tmp_path: Path, compression: str | None, order: Order
) -> None:
    record = make_map(
        tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE, crpix=(900.0, -300.0)),
        compression=compression, hole=(40, 40, 90, 70),
    )  # fmt: skip
    request = _request(record, 3, projection=Projection.TAN, order=order)
    inside = [t for t in request.targets if t.xsize < 6 and t.ysize < 6]
    request = dataclasses.replace(request, targets=tuple(inside))

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    assert len(together.files) > 20
    _same(together, alone)


@pytest.mark.parametrize("projection", Projection)
def test_stamps_of_a_map_without_weights_made_together_are_those_made_alone(
    tmp_path: Path, projection: Projection
) -> None:
    record = make_map(tmp_path, shape=SHAPE, record={"wgt_hdu": None})
    request = _request(record, 4, projection=projection)
    small = tuple(target for target in request.targets if target.xsize < 6)
    request = dataclasses.replace(request, targets=small)

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    assert len(together.files) > 20
    _same(together, alone)


def test_a_sheet_of_other_size_names_or_number_begins_files_anew(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=SHAPE, hole=(40, 40, 90, 70))
    draw = np.random.default_rng(9)
    sky = map_wcs(record.wcs).wcs_pix2world(draw.uniform(20, 100, (70, 2)), 0).tolist()
    sizes = [3.0] * 20 + [5.0, 3.0, 5.0, 3.0] + [2.0] * 46
    targets = tuple(
        Target("n" * (9 if number < 40 else 69) + str(number), ra % 360, dec, size, size)
        for number, ((ra, dec), size) in enumerate(zip(sky, sizes, strict=True))
    )
    request = CutoutRequest(targets)

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    _same(together, alone)


@pytest.mark.parametrize("products", [("fits", "preview", "lightcurve"), ("preview",)])
def test_every_product_of_stamps_made_together_is_that_of_stamps_made_alone(
    tmp_path: Path, products: tuple[str, ...]
) -> None:
    record = make_map(tmp_path, shape=SHAPE, hole=(40, 40, 90, 70))
    request = _request(record, 2, products=products)

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    _same(together, alone)


@pytest.mark.parametrize("projection", Projection)
def test_noise_of_stamps_measured_together_is_that_measured_alone(
    tmp_path: Path, projection: Projection
) -> None:
    record = make_map(tmp_path, shape=SHAPE, hole=(40, 40, 90, 70))
    request = _request(record, 5, projection=projection, noise=True)
    small = tuple(target for target in request.targets if target.xsize < 6)
    request = dataclasses.replace(request, targets=small)

    together = make(tmp_path / "together", tmp_path, request, [record])
    with _each_alone():
        alone = make(tmp_path / "alone", tmp_path, request, [record])

    assert sum(outcome.rms is not None for outcome in together.outcomes) > 20
    _same(together, alone)


@settings(max_examples=examples(50), deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**25), 10**25),
    st.sampled_from(["", "what it is", "a comment as long as the room beside a usual number is"]),
)
def test_a_card_of_a_changing_number_is_as_any_other(value: float, comment: str) -> None:
    assert NumberCard("NUMBER", comment)(value) == card("NUMBER", value, comment)


@settings(max_examples=examples(50), deadline=None)
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, 1]),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "100 % of what it is"]),
    st.sampled_from(["", "'", "a longer name", "a name longer than most"]),
)
def test_cards_of_many_headers_are_as_each_by_itself(
    values: list[float], comment: str, text: str
) -> None:
    columns = CardColumns(len(values))
    columns.add(card("SHARE", "50%"))
    columns.add_numbers(NumberCard("NUMBER", comment), values)
    columns.add_each([card("TEXT", str(value)) for value in values])
    columns.add_texts(TextCard("NAME", comment), [f"{n}{text}" for n in range(len(values))])

    rows = columns.rows()
    assert rows is not None
    assert [row.tobytes().decode() for row in rows] == [
        card("SHARE", "50%")
        + card("NUMBER", value, comment)
        + card("TEXT", str(value))
        + card("NAME", f"{n}{text}", comment)
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize("lengths", [(3, 100), (100, 100)])
def test_headers_of_several_lengths_have_no_rows(lengths: tuple[int, int]) -> None:
    columns = CardColumns(2)
    columns.add_texts(TextCard("NAME", ""), ["n" * length for length in lengths])

    assert columns.rows() is None


@given(st.integers(0, 2**32 - 1))
def test_the_card_of_a_sum_is_as_any_other(total: int) -> None:
    assert datasum_card(total) == card("DATASUM", str(total), "data unit checksum")


@settings(max_examples=examples(50), deadline=None)
@given(st.text(max_size=80) | st.text("abc -'", max_size=20))
def test_a_card_of_a_changing_text_is_as_any_other(text: str) -> None:
    assert TextCard("TEXT", "what it is")(text) == card("TEXT", text, "what it is")


@settings(max_examples=examples(50), deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32))
def test_sums_of_rows_carry_every_overflow(rows: int, words: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.choice([0, 1, 2**31, 2**32 - 1], (rows, words)).astype(np.uint32)

    found = word_sums(values)

    for row, total in zip(values.tolist(), found.tolist(), strict=True):
        # With end-around carry a sum is the remainder by 2**32 - 1, which stands for 0 too.
        assert total % (2**32 - 1) == sum(row) % (2**32 - 1)
        assert total < 2**32
        assert (total == 0) == (not any(row))


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20))
def test_a_sum_encoded_adds_up_to_its_complement_in_letters_and_digits(totals: list[int]) -> None:
    forms = encoded(np.array(totals, np.uint64))

    for form, total in zip(forms, totals, strict=True):
        assert form.tobytes().isalnum()
        # At its place on the card, which begins at the fourth byte of a word.
        words = np.roll(form, -1).view(">u4").astype(np.uint64) - 0x30303030
        assert int(with_carries(np.array([int(words.sum()) + total], np.uint64))[0]) == 2**32 - 1
