"""Which security item is tested against which identity provider, and where.

The items are those of the issue on signing in, sessions and tokens; the providers:
none is asked ("none"), the small one that errs on demand ("faulty"), the one of the
demo ("nanoidp"), the one of production ("keycloak"). A name that ends in ``_`` stands
for all tests that begin with it.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROVIDERS = {"none", "faulty", "nanoidp", "keycloak"}
ITEMS: dict[int, dict[str, tuple[str, ...]]] = {
    15: {"faulty": ("test_opening_the_address_makes_a_token_but_not_for_another_site",)},
    16: {
        "none": (
            "test_every_error_comes_in_the_form_that_was_asked_for",
            "test_everything_private_needs_a_token",
            "test_browsers_are_bound_to_tls_only_where_the_public_address_has_it",
        ),
        "faulty": ("test_a_token_is_made_as_wished_and_opens_what_it_allows",),
    },
    17: {
        "none": (
            "test_without_a_token_there_is_a_bare_challenge",
            "test_another_scheme_gets_the_challenge_of_one_who_sent_nothing",
            "test_two_headers_are_refused_even_when_each_is_good",
            "test_a_header_of_ten_kilobytes_is_refused",
            "test_no_authorization_header_breaks_the_service",
            "test_no_authorization_header_verifies_by_chance",
            "test_no_header_gets_in_or_breaks_anything",
        )
    },
    18: {
        "none": (
            "test_a_token_with_one_fault_is_refused",
            "test_an_unsigned_token_is_refused",
            "test_a_token_that_a_provider_signed_is_refused",
            "test_a_token_can_be_written_in_one_way_only",
        )
    },
    19: {
        "faulty": (
            "test_a_refreshed_token_is_of_the_same_chain_and_holds_longer",
            "test_refreshing_never_widens_scopes_and_may_narrow_them",
            "test_a_dead_token_is_not_refreshed",
            "test_refreshing_without_a_group_is_403_and_ends_the_chain",
            "test_twenty_at_once_get_twenty_good_tokens_of_one_chain",
            "test_a_chain_that_is_revoked_while_it_is_refreshed_leaves_no_good_token",
        ),
        "none": ("test_a_chain_has_a_hard_end",),
    },
    20: {
        "none": (
            "test_a_revocation_or_a_lost_group_is_felt_by_another_process_within_five_seconds",
            "test_who_left_the_group_is_out",
        ),
        "faulty": (
            "test_a_session_lists_and_revokes_each_of_its_users_tokens",
            "test_revoking_all_leaves_nothing_and_new_tokens_work",
            "test_the_epoch_alone_ends_a_token",
        ),
    },
    21: {
        "none": (
            "test_an_old_key_still_verifies_until_it_is_removed",
            "test_keys_rotate_and_short_ones_are_refused",
        )
    },
    22: {
        "none": (
            "test_to_another_user_each_object_answers_as_one_that_never_was",
            "test_to_another_user_a_job_does_not_exist_and_an_operator_may_only_read",
            "test_files_are_the_owners_and_the_operators",
        ),
        "faulty": ("test_another_users_token_is_404_with_the_body_of_none",),
    },
    23: {
        "none": (
            "test_a_flood_of_bad_tokens_is_429_and_a_good_one_still_passes",
            "test_a_forged_address_does_not_evade_the_limit",
            "test_clients_behind_a_trusted_proxy_are_told_apart",
            "test_refreshing_is_limited_for_each_chain",
        ),
        "faulty": ("test_floods_of_sign_ins_and_of_new_tokens_are_429",),
    },
    24: {"faulty": ("test_a_search_for_every_secret_of_a_journey_finds_none",)},
    25: {
        "none": (
            "test_an_independent_tool_finds_no_way_around_the_authorisation",
            "test_without_a_token_or_with_a_forged_one_nothing_private_opens",
            "test_a_deleted_job_is_gone_at_every_address",
            "test_a_revoked_token_opens_no_address",
            "test_a_method_that_no_address_has_is_405_and_names_those_it_has",
        )
    },
}


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    names = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
    return names


def test_each_test_of_a_security_item_exists(tests: set[str]) -> None:
    for item, providers in ITEMS.items():
        assert set(providers) <= PROVIDERS
        for name in (name for names in providers.values() for name in names):
            found = name in tests or (
                name.endswith("_") and any(each.startswith(name) for each in tests)
            )
            assert found, (item, name)


def test_the_threat_model_names_only_tests_that_exist(tests: set[str]) -> None:
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 20
    assert named <= tests
