"""Tags and texts of an HTML page are distinguished as browsers do."""

import pytest

from sptjobs.target_tables.html_marks import Mark, pieces_of

PAGES = {
    "<TD Title='a>b' x=\"<td>\">1": ["<td>", "1"],
    '<td width=5">1</td x>': ["<td>", "1", "</td>"],
    "a<!-- <td>1</td> -->b": ["a", "b"],
    "<!DOCTYPE html><?php x ?>b": ["b"],
    "<script>if (a<b) '<td>'</script\n>c": ["<script>", "</script>", "c"],
    "1 < 2 &amp; &minus;3": ["1 ", "<", " 2 & \N{MINUS SIGN}3"],
    "<br/>x<td/>": ["<br>", "x", "<td>"],
    "1<td title='2>3": ["1", "<td>", "3"],
    "1<td title=2": ["1"],
    "1<!-- 2": ["1"],
    "</>1": ["1"],
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_divided_into_tags_and_texts(page: str) -> None:
    written = {Mark.START: "<{}>", Mark.END: "</{}>", Mark.TEXT: "{}"}
    assert [written[piece.mark].format(piece.text) for piece in pieces_of(page)] == PAGES[page]
