"""One rule for tags of coadds: what can be catalogued can be asked for, and the other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.archive.names import check_tag
from sptjobs.maps.kinds import is_tag
from sptjobs.maps.map_error import MapError
from sptjobs.request.parsing import parse_request
from sptjobs.uws.errors import InvalidRequestError


def _can_be_catalogued(tag: str) -> bool:
    try:
        check_tag(tag)
    except MapError:
        return False
    return True


def _can_be_asked_for(tag: str) -> bool:
    fields = (("RA", "1"), ("DEC", "-57"), ("COADD", tag))
    try:
        return parse_request(fields, {}, max_targets=1).coadds == (tag,)
    except InvalidRequestError:
        return False


@given(st.text("abZ09_.+-", min_size=1, max_size=70))
def test_what_can_be_catalogued_can_be_asked_for_and_nothing_else(tag: str) -> None:
    assert _can_be_catalogued(tag) == _can_be_asked_for(tag) == is_tag(tag)


@pytest.mark.parametrize("tag", ["yearly_winter_2020", "a" * 64, "2020+2021"])
def test_a_tag_of_up_to_64_characters_is_taken_by_both(tag: str) -> None:
    assert _can_be_catalogued(tag)
    assert _can_be_asked_for(tag)


@pytest.mark.parametrize("tag", ["a" * 65, "_a", "a/b"])
def test_a_tag_that_could_not_be_asked_for_is_not_catalogued(tag: str) -> None:
    assert not _can_be_catalogued(tag)
