"""Identifiers of maps: of an id, and back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.maps.publisher_ids import PublisherIds

_IDS = PublisherIds("spt3g.example")
_MAP_IDS = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=40
).filter(lambda text: text == text.strip())
_OF_A_URI = set(string.ascii_letters + string.digits + "-._~!$'()*,;:@/%")


def test_an_identifier_names_authority_resource_and_map() -> None:
    assert _IDS.of("282023912_90GHz_psth") == "ivo://spt3g.example/maps?282023912_90GHz_psth"


@given(_MAP_IDS)
def test_every_map_is_found_by_its_own_identifier(map_id: str) -> None:
    identifier = _IDS.of(map_id)
    assert set(identifier.partition("?")[2]) <= _OF_A_URI
    assert _IDS.map_id(identifier) == map_id


@given(_MAP_IDS.filter(lambda text: text[:6].lower() != "ivo://"))
def test_a_bare_id_is_taken_as_it_is(map_id: str) -> None:
    assert _IDS.map_id(map_id) == map_id
    assert _IDS.map_id(f" {map_id}\t") == map_id


@given(st.text(max_size=60))
def test_any_text_is_an_id_or_none(text: str) -> None:
    found = _IDS.map_id(text)
    assert found is None or (found and "\0" not in found and found.encode())


def test_scheme_authority_and_resource_are_found_in_any_case_and_the_map_in_its_own() -> None:
    assert _IDS.map_id("IVO://SPT3G.Example/Maps?Deep_150GHz") == "Deep_150GHz"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ivo://spt3g.example/maps",
        "ivo://spt3g.example/maps?",
        "ivo://spt3g.example/jobs?a",
        "ivo://other.example/maps?a",
        "ivo://spt3g.example/maps/a",
        "ivo://spt3g.example/maps?a#b",
        "ivo://spt3g.example/maps?%ff",
        "ivo://spt3g.example/maps?a%00",
        "ivo://spt3g.example/maps?..%2Fa",
        "a\0b",
        "../a",
        "\ud800",
    ],
)
def test_what_names_no_map_of_this_authority_gives_none(text: str) -> None:
    assert _IDS.map_id(text) is None
