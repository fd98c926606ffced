"""Tables of papers in LaTeX, however their authors break lines and draw rules."""

import io
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.positions import parse_positions
from sptjobs.target_tables.typeset_rows import rows_of_lines
from tests.support.growth import check_growth

NAMES = ("SPT-CL J0000-5748", "SPT-CL J0001-5440")
ROWS = (
    ("Name", "R.A. (J2000)", "Decl. (J2000)", "$z$"),
    ("", "(deg)", "(deg)", ""),
    ("SPT-CL~J0000$-$5748", "0.2499", "$-57.8066$", "0.702\\tablenotemark{a}"),
    ("SPT-CL J0001$-$5440", "0.4153", "$-54.6711$", "0.73"),
)
BEGINNINGS = (
    "\\begin{tabular}{lccr}", "\\begin{tabular}[t]{|l|c|c|r|}\\hline\\hline",
    "\\begin{tabular*}{\\textwidth}{@{\\extracolsep{\\fill}}lccr} \\toprule",
    "\\begin{longtable}[c]{lccr}\\tableline", "\\begin{tabularx}{0.9\\columnwidth}{Xccr}\n",
)  # fmt: skip
ROW_ENDS = (
    "\\\\\n", "\\\\[2pt]\n", "\\\\*\n", " \\\\ \\hline\n", "\\tabularnewline\n",
    "\\\\ % a & b \\\\\n",
    "\\\\\\midrule\n", "\\\\\n\\cmidrule(lr){2-3}\n", "\\\\\n%\\\\\n", "\\\\ \\addlinespace\n\n",
)  # fmt: skip
CELL_ENDS = (" & ", "&", " &\n   ", "\n& ", " & % more of it\n")


def read(text: str | bytes) -> list[tuple[str, float, float]]:
    content = text.encode() if isinstance(text, str) else text
    targets = parse_positions(content, default_size=(10, 10), max_targets=100)
    return [(target.objid, target.ra, target.dec) for target in targets]


def check(text: str | bytes) -> None:
    found = read(text)
    assert [name for name, _, _ in found] == list(NAMES)
    np.testing.assert_allclose(
        [each[1:] for each in found], [(0.2499, -57.8066), (0.4153, -54.6711)]
    )


@given(st.data())
def test_a_table_of_a_paper_is_read_however_its_lines_are_broken(data: st.DataObject) -> None:
    def one_of(choices: tuple[str, ...]) -> str:
        return data.draw(st.sampled_from(choices))

    rows = ["".join(cell + one_of(CELL_ENDS) for cell in row[:-1]) + row[-1] for row in ROWS]
    text = one_of(BEGINNINGS) + "\n" + "".join(row + one_of(ROW_ENDS) for row in rows)
    if data.draw(st.booleans()):
        text = "\\begin{table*}\n\\caption{Clusters, 50\\% complete}\n" + text
    check(text + "\\end{tabular}\n\\end{table*}\n")


def test_titles_that_each_page_of_a_long_table_repeats_are_no_target() -> None:
    title, unit, *rows = (" & ".join(row) + " \\\\\n" for row in ROWS)
    head = f"{title}\\endfirsthead\n{title}\\endhead\n"
    check(f"\\begin{{longtable}}{{lccr}}\n{head}{unit}{''.join(rows)}\\end{{longtable}}")


@pytest.mark.parametrize(
    "item", ["\\\\[", "{", "\\begin{tabular}{", "&\\hline", "%", "\\cmidrule("]
)
def test_rows_are_found_in_time_that_grows_with_the_text(item: str) -> None:
    def make(length: int) -> str:
        return "\\begin{tabular}{l}" + item * (length // len(item))

    check_growth(rows_of_lines, make, 1 << 14)


@pytest.mark.parametrize("depth", [(2,), (2, 1)])
def test_a_fits_table_of_one_row_that_holds_whole_columns_is_read(depth: tuple[int, ...]) -> None:
    def column(name: str, values: list[float], unit: str) -> fits.Column:
        dim = f"({','.join(map(str, depth[::-1]))})"
        cells: Any = np.array(values).reshape(1, *depth)
        return fits.Column(name, "2D", array=cells, unit=unit, dim=dim)

    names = fits.Column("name", "34A", array=np.array([NAMES]), dim="(17,2)")
    arcmin = [0.2499 * 60, 0.4153 * 60]
    table = fits.BinTableHDU.from_columns(
        [names, column("RA", arcmin, "arcmin"), column("DEC", [-57.8066, -54.6711], "deg")]
    )
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(out)
    check(out.getvalue())
