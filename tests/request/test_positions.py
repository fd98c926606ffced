import random
import time
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.request.cutout_request import Target
from sptjobs.request.positions import add_rows, parse_positions
from sptjobs.request.targets import TargetBuilder
from sptjobs.uws.errors import InvalidRequestError, TooLargeError, UsageError
from tests.support.scale import scaled

SIZE = (10.0, 12.0)


def parse(text: str | bytes, max_targets: int = 100) -> Sequence[Target]:
    content = text.encode() if isinstance(text, str) else text
    return parse_positions(content, default_size=SIZE, max_targets=max_targets)


def problems(text: str | bytes) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(InvalidRequestError) as caught:
        parse(text)
    return [(problem.field, problem.row, problem.value) for problem in caught.value.problems]


def reasons(text: str | bytes) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        parse(text)
    return caught.value.message


def test_a_table_of_positions_gets_default_sizes_and_names_of_positions() -> None:
    assert parse("RA,DEC\n328.5991667,-49.9433333\n") == (
        Target("spt3gJ215423.8-495635.9", 328.5991667, -49.9433333, 10.0, 12.0),
    )


def test_every_column_is_read_in_any_order_and_case() -> None:
    text = "objid, tmin ,Dec,XSize,ra,YSIZE,TMAX\na,58000,-50,5,10,6,58001.5\nb,,-51,,11,,\n"
    assert parse(text) == (
        Target("a", 10.0, -50.0, 5.0, 6.0, 58000.0, 58001.5),
        Target("b", 11.0, -51.0, 10.0, 12.0),
    )


@pytest.mark.parametrize(
    "text",
    [
        "RA,DEC\n10,-50\n11,-51",
        "RA;DEC\n10;-50\n11;-51\n",
        "RA\tDEC\n10\t-50\n11\t-51\n",
        "\ufeffRA,DEC\r\n10,-50\r\n11,-51\r\n",
        "RA,DEC\r10,-50\r11,-51\r",
        '# a comment\n\n"RA","DEC"\n"10"," -50"\n#x,y\n\n 11 ,-51\n\n',
        "RA,DEC\n10,-50\n11,-51\n,\n , \n",
        'RA,DEC,"note; more"\n10,-50,"a, b"\n11,-51,\n',
        "RA,DEC\n00:40:00,-50:00:00\n0h44m0s,-51d00m00s\n",
        "RA,DEC\n10,\N{MINUS SIGN}50\n11,\N{MINUS SIGN}51\n",
    ],
)
def test_the_same_table_is_read_from_every_usual_notation(text: str) -> None:
    targets = parse(text)
    assert [target.ra for target in targets] == pytest.approx([10, 11])
    assert [target.dec for target in targets] == pytest.approx([-50, -51])


def test_one_size_makes_a_square() -> None:
    assert [(t.xsize, t.ysize) for t in parse("RA,DEC,XSIZE,YSIZE\n1,2,5,\n3,4,,6\n")] == [
        (5, 5),
        (6, 6),
    ]


def test_other_columns_are_left_alone_and_listed() -> None:
    content = b"RA,Dec,z,Tmag,RA_err,note\n1,2,0.3,12,0.1,x\n"
    use = add_rows(TargetBuilder(SIZE, 5), content)
    assert use.ignored == ("z", "Tmag", "RA_err", "note")


@pytest.mark.parametrize("title", ["name", "Source ID", "OBJ_ID", "Object Name", "designation"])
def test_a_column_called_as_names_are_names_the_targets_where_there_is_no_objid(title: str) -> None:
    builder = TargetBuilder(SIZE, 5)
    use = add_rows(builder, f"RA,Dec,{title}\n1,2,NGC 1\n3,4,\n".encode())
    assert [target.objid for target in builder.targets()] == ["NGC 1", "spt3gJ001200.0+040000.0"]
    assert (use.shown["OBJID"], use.ignored) == (title, ())


@pytest.mark.parametrize("names", ["SPT,SPT", ",", f"{'x' * 101},b", "./a,b"])
def test_a_column_that_cannot_name_every_target_is_left_alone(names: str) -> None:
    first, second = names.split(",")
    builder = TargetBuilder(SIZE, 5)
    use = add_rows(builder, f"RA,Dec,source,id\n1,2,{first},7\n3,4,{second},8\n".encode())
    assert [target.objid for target in builder.targets()] == ["7", "8"]
    assert (use.shown["OBJID"], use.ignored) == ("id", ("source",))


def test_objid_names_the_targets_before_any_other_column() -> None:
    builder = TargetBuilder(SIZE, 5)
    use = add_rows(builder, b"name,RA,Dec,OBJID\na,1,2,b\n")
    assert ([target.objid for target in builder.targets()], use.ignored) == (["b"], ("name",))


@pytest.mark.parametrize(
    "column", ["XSZIE", "SIZE", "OBJIDS", "mjd", "BANDS", "X_SIZE", "date_start"]
)
def test_a_column_by_which_the_user_means_something_is_not_dropped(column: str) -> None:
    assert "column that is not used here" in reasons(f"RA,DEC,{column}\n1,2,3\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RA,DEC\nx,-50\n", ("RA", 1, "x")),
        ("RA,DEC\n1,2\n400,-50\n", ("RA", 2, "400")),
        ("RA,DEC\n1,-91\n", ("DEC", 1, "-91")),
        ("RA,DEC\n,-50\n", ("RA", 1, "")),
        ("RA,DEC,XSIZE\n1,2,0\n", ("XSIZE", 1, "0")),
        ("RA,DEC,XSIZE\n1,2,-1\n", ("XSIZE", 1, "-1")),
        ("RA,DEC,XSIZE\n1,2,NaN\n", ("XSIZE", 1, "NaN")),
        ("RA,DEC,YSIZE\n1,2,1e6\n", ("YSIZE", 1, "1e6")),
        ("RA,DEC,XSIZE\n1,2,1_0\n", ("XSIZE", 1, "1_0")),
        ("RA,DEC,TMIN,TMAX\n1,2,58001,58000\n", ("TMIN", 1, "58001")),
        ("RA,DEC,TMIN\n1,2,2459000.5\n", ("TMIN", 1, "2459000.5")),
        ("RA,DEC,OBJID\n1,2,../x\n", ("OBJID", 1, "../x")),
        ("RA,DEC\n1,2\n1,2,3\n", ("POSITIONS", 2, "1,2,3")),
        ("RA,DEC\n1,2\n1\n", ("POSITIONS", 2, "1")),
        ('RA,DEC\n1,2\n"1,2\n3,4\n', ("POSITIONS", 2, None)),
        ("RA,DEC\n", ("POSITIONS", None, None)),
        ("RA,DEC,RA\n1,2,3\n", ("RA", None, None)),
        ("RA\n1\n", ("DEC", None, None)),
    ],
)
def test_a_problem_is_named_by_column_row_and_value(
    text: str, expected: tuple[str, int | None, str | None]
) -> None:
    assert problems(text) == [expected]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"# RA,DEC\n", b"\0RA,DEC", bytes(range(1, 256)), b"\xff\xfeR\0A\0",
     b"a" * 200_000, b"RA DEC\n1\n", b"RA,DEC\n\xe9,1\n",
     random.Random(1).randbytes(1 << 20)],
)  # fmt: skip
def test_what_is_no_table_of_positions_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse(content)
    assert len(caught.value.message) < 1000


def test_rows_of_the_same_name_are_both_reported() -> None:
    text = "RA,DEC,OBJID\n1,2,SN1\n3,4,b\n5,6,SN1\n"
    assert problems(text) == [("OBJID", 3, "SN1")]
    assert "row 1" in reasons(text)


def test_names_that_differ_in_case_only_are_two_names() -> None:
    assert [t.objid for t in parse("RA,DEC,OBJID\n1,2,SN1\n5,6,sn1\n")] == ["SN1", "sn1"]


def test_all_problems_are_stated_up_to_a_hundred() -> None:
    assert problems("RA,DEC,XSIZE\nx,y,z\n1,2,3\n1,100,-3\n") == [
        ("RA", 1, "x"), ("DEC", 1, "y"), ("XSIZE", 1, "z"), ("DEC", 3, "100"), ("XSIZE", 3, "-3"),
    ]  # fmt: skip
    assert len(problems("RA,DEC\n" + "x,y\n" * 99)) == 100


def test_the_same_position_twice_gets_names_that_differ_and_stay_the_same() -> None:
    text = "RA,DEC,OBJID\n1,2,\n1,2,\n1,2,spt3gJ000400.0+020000.0_2\n"
    names = [target.objid for target in parse(text)]
    assert names == [
        "spt3gJ000400.0+020000.0",
        "spt3gJ000400.0+020000.0_3",
        "spt3gJ000400.0+020000.0_2",
    ]
    assert parse(text) == parse(text)


def test_too_many_rows_are_refused_with_the_limit() -> None:
    assert len(parse("RA,DEC\n" + "1,2\n" * 5, max_targets=5)) == 5
    with pytest.raises(TooLargeError, match="more than 5 targets"):
        parse("RA,DEC\n" + "1,2\n" * 6, max_targets=5)


def test_ten_megabytes_of_junk_are_refused_quickly() -> None:
    started = time.process_time()
    for junk in (
        b"x,y\n" * 2_500_000,
        b"RA,DEC\n" + b"x,y\n" * 2_500_000,
        b'RA,DEC\n"' + b"a" * 10**7,
    ):
        with pytest.raises(UsageError):
            parse(junk)
    assert time.process_time() - started < 20


def test_a_hundred_thousand_rows_are_read_in_seconds() -> None:
    rows = "".join(
        f"{n / 300:.6f},-55.5,5,{5 + n % 7},obj{n},58000.5,58001.5\n" for n in range(100_000)
    )
    content = ("RA,DEC,XSIZE,YSIZE,OBJID,TMIN,TMAX\n" + rows).encode()
    started = time.process_time()
    assert len(parse(content, 100_000)) == 100_000
    # 1 s as a rule; a cap against what grows with the square, not a measure of the machine.
    assert time.process_time() - started < 20


def test_the_memory_of_reading_grows_with_the_table_alone() -> None:
    content = ("RA,DEC,OBJID\n" + "".join(f"1.5,-55.5,obj{n}\n" for n in range(10_000))).encode()
    tracemalloc.start()
    parse(content, 10_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


cells = st.one_of(
    st.sampled_from(["", "1", "-50", "10.5", "x", "1e999", "12:34:56", "a", "A", '"', "#", "\0"]),
    st.text(max_size=5),
)
tables = st.lists(st.lists(cells, max_size=5).map(",".join), max_size=8).map("\n".join)
headers = st.sampled_from(
    ["RA,DEC\n", "ra;dec\n", "RA,DEC,OBJID\n", "RA,DEC,XSIZE,TMIN,TMAX\n", ""]
)


@given(st.one_of(st.binary(max_size=200), st.builds(str.__add__, headers, tables).map(str.encode)))
@settings(max_examples=scaled(300))
def test_any_bytes_are_targets_or_a_usage_error(content: bytes) -> None:
    try:
        targets = parse(content)
    except UsageError:
        return
    assert targets
    assert len({target.objid.lower() for target in targets}) == len(targets)


@given(st.lists(st.tuples(st.floats(0, 360, exclude_max=True), st.floats(-90, 90)), min_size=1))
def test_positions_survive_the_way_through_a_table(positions: list[tuple[float, float]]) -> None:
    text = "RA,DEC\n" + "".join(f"{ra!r},{dec!r}\n" for ra, dec in positions)
    assert [(t.ra, t.dec) for t in parse(text, 10_000)] == positions
